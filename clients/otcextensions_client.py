"""Drives the rehearsal cloud with openstacksdk and otcextensions, which find the services in the token's catalogue.

Usage: python clients/otcextensions_client.py PROGRAM, where PROGRAM is terraform-provider-recovery.
"""

import json
import os
import sys
import tempfile

import openstack
import otcextensions.sdk
from openstack import exceptions

from simulate import cloud, control, same, wait

SERVER, DISK = "OS::Nova::Server", "OS::Cinder::Volume"


def entries(connection):
    """A clouds.yaml with each way to authenticate that users of this client have."""
    credentials = connection["credentials"]
    iam = control(connection, "world")["iam"]
    with_code = next(one for one in iam["users"] if one["name"] == "rehearsal-mfa")
    user = {"username": credentials["user_name"], "password": credentials["password"]}
    home = {"user_domain_name": credentials["domain_name"]}
    project = {"project_name": credentials["project_name"], "project_domain_name": credentials["domain_name"]}
    ways = {
        "password": {"auth": {**user, **home, **project}},
        "ids": {
            "auth": {
                "user_id": credentials["user_id"],
                "password": credentials["password"],
                "project_id": credentials["project_id"],
            }
        },
        # As set-up pages have it: IAM without its version, and nobody named the project's domain.
        "defaults": {
            "auth": {
                "auth_url": connection["endpoints"]["iam"],
                **user,
                **home,
                "project_name": credentials["project_name"],
                "project_domain_id": "default",
            }
        },
        "token": {
            "auth_type": "token",
            "auth": {"token": credentials["token"], "project_id": credentials["project_id"]},
        },
        "passcode": {
            "auth_type": "v3multifactor",
            "auth_methods": ["v3password", "v3totp"],
            "auth": {
                "username": with_code["name"],
                "user_id": with_code["id"],
                "password": with_code["password"],
                "passcode": with_code["passcode"],
                **home,
                **project,
            },
        },
        "agency": {
            "auth_type": "agency",
            "auth": {
                **user,
                **home,
                **project,
                "target_agency_name": "recovery",
                "target_domain_name": "rehearsal-partner",
                "target_project_name": credentials["project_name"],
            },
        },
        "wrong": {"auth": {**user, **home, **project, "password": "wrong"}},
        "endpoints": {
            "auth": {**user, **home, **project},
            "dcs_endpoint_override": f"{connection['endpoints']['dcs']}/v1.0/%(project_id)s",
            "cbr_endpoint_override": f"{connection['endpoints']['cbr']}/v3/%(project_id)s",
        },
    }
    for way in ways.values():
        way["auth"].setdefault("auth_url", connection["auth_url"])
        way["region_name"] = connection["region"]
    return ways


def connect(entry):
    client = openstack.connect(cloud=entry)
    otcextensions.sdk.register_otc_extensions(client)
    return client


def try_logins(connection, ways):
    own = connection["credentials"]["project_id"]
    for way in (one for one in ways if one != "wrong"):
        client = connect(way)
        where = "own project" if client.current_project_id == own else "another project"
        found = (where, len(list(client.dcs.instances())), len(list(client.cbr.vaults())))
        same(f"login by {way}", found, ("another project" if way == "agency" else "own project", 4, 2))
    try:
        connect("wrong").authorize()
    except exceptions.SDKException as problem:
        same("login by a wrong password is 401", "401" in str(problem), True)
    else:
        raise SystemExit("a wrong password was accepted")


def try_identity(client, connection):
    credentials, endpoints = connection["credentials"], connection["endpoints"]
    urls = {one["type"]: one["endpoints"][0]["url"] for one in client.service_catalog}
    same("catalogue", urls["dcs"], f"{endpoints['dcs']}/v1.0/")
    same("catalogue", urls["cbr"], f"{endpoints['cbr']}/v3/{credentials['project_id']}")
    identity = client.identity
    same("project by name", identity.find_project(credentials["project_name"]).id, credentials["project_id"])
    same("user by name", identity.find_user(credentials["user_name"]).id, credentials["user_id"])
    same("account by name", identity.find_domain(credentials["domain_name"]).id, credentials["domain_id"])
    same("region", identity.get_region(connection["region"]).id, connection["region"])
    same("service by name", identity.find_service("cbr").type, "cbr")
    same("DDM in the catalogue", client.ddmv3.get_endpoint(), f"{endpoints['ddm']}/v3/{credentials['project_id']}")
    of_user = [one.id for one in identity.user_projects(credentials["user_id"])]
    same("projects of the user", credentials["project_id"] in of_user, True)
    keys = identity.create_security_token(duration=900)
    same("temporary keys", all((keys.access, keys.secret, keys.security_token)), True)


def try_dcs(client):
    dcs = client.dcs
    instance = dcs.find_instance("dcs-orders")
    same("instance by id", (dcs.get_instance(instance.id).name, instance.status), ("dcs-orders", "RUNNING"))

    def ended(records, identity):
        record = next(one for one in records if one.id == identity)
        return record if record.status in ("succeed", "failed") else None

    backup = dcs.backup_instance(instance, description="by otcextensions")
    try:
        dcs.restore_instance(instance, backup_id=backup.id)
    except exceptions.BadRequestException as problem:
        same("restore during backup", problem.response.json()["error"]["code"], "111400096")
    else:
        raise SystemExit("a restore was accepted during a backup")
    made = wait("backup", lambda: ended(dcs.backups(instance), backup.id))
    same("backup", (made.status, made.description, made.type), ("succeed", "by otcextensions", "manual"))
    first = dcs.backups(instance, limit=1, start=1, begin_time="20250101000000", end_time="20991231235959")
    same("first page of backups", [one.id for one in first], [backup.id])
    restore = dcs.restore_instance(instance, backup_id=backup.id, description="by otcextensions")
    done = wait("restore", lambda: ended(dcs.restore_records(instance), restore.id))
    same("restore", (done.status, done.backup_id, done.progress), ("succeed", backup.id, "100.00"))
    wait("instance", lambda: dcs.get_instance(instance.id).status == "RUNNING" or None)
    dcs.delete_instance_backup(instance, backup.id)
    same("left after deletion", [one.id for one in dcs.backups(instance) if one.id == backup.id], [])
    same("maintenance windows", len(list(dcs.maintenance_time_windows())) > 0, True)


def try_cbr(client):
    cbr = client.cbr
    same("vaults", [one.name for one in cbr.vaults()], ["servers", "disks"])
    vault = cbr.find_vault("disks")
    same("vault by id", cbr.get_vault(vault.id).billing.object_type, "disk")
    # The newest comes first.
    listed = list(cbr.backups())
    newest = {kind: next(one for one in listed if one.resource_type == kind) for kind in (DISK, SERVER)}
    same("backups in pages of one", len(list(cbr.backups(limit=1))), len(listed))
    disk, server = cbr.find_backup(newest[DISK].name), cbr.get_backup(newest[SERVER].id)
    mappings = [{"backup_id": one["id"], "volume_id": one["resource_id"]} for one in server.children]

    def task_of(backup):
        mine = [one for one in cbr.tasks(operation_type="restore") if one.extra_info.restore.backup_id == backup.id]
        return next((one for one in mine if one.status in ("success", "failed")), None)

    cbr.restore_data(server.id, server_id=server.resource_id, mappings=mappings, power_on=False)
    cbr.restore_data(disk.id, volume_id=disk.resource_id, mappings=[], power_on=False)
    for backup in (server, disk):
        task = cbr.get_task(wait("restore", lambda: task_of(backup)).id)
        found = (task.status, task.extra_info.restore.target_resource_id)
        same("restore", found, ("success", backup.resource_id))

    wanted = {"name": "by-otcextensions", "description": "", "auto_trigger": False, "incremental": True}
    point = cbr.create_checkpoint(vault_id=vault.id, parameters=wanted)
    wait("checkpoint", lambda: cbr.get_checkpoint(point.id).status == "available" or None)
    made = cbr.find_backup("by-otcextensions")
    same("its backup", (made.checkpoint_id, made.status, made.resource_id), (point.id, "available", disk.resource_id))
    cbr.delete_backup(made.id)
    wait("deletion", lambda: made.id not in [one.id for one in cbr.backups()] or None)


def try_expiry(client, connection):
    """When its token has expired the client asks for a new one and repeats the call."""
    control(connection, "requests", "DELETE")
    expire = {"service": "dcs", "method": "GET", "count": 1, "expired_token": True}
    control(connection, "faults", "PUT", [expire])
    same("instances", len(list(client.dcs.instances())), 4)
    seen = [(one["service"], one["status"]) for one in control(connection, "requests")["requests"]]
    same("after an expired token", seen, [("dcs", 401), ("iam", 201), ("dcs", 200)])


def run(program, platform):
    print(platform)
    with cloud(program, platform=platform) as connection, tempfile.TemporaryDirectory() as folder:
        os.environ["OS_CLIENT_CONFIG_FILE"] = path = f"{folder}/clouds.yaml"
        ways = entries(connection)
        with open(path, "w") as file:
            json.dump({"clouds": ways}, file)
        try_logins(connection, ways)
        client = connect("password")
        try_identity(client, connection)
        try_dcs(client)
        try_cbr(client)
        try_expiry(client, connection)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    for cloud_platform in ("otc", "huaweicloud"):
        run(sys.argv[1], cloud_platform)
    print("all good")
