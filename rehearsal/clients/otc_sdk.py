"""Drives the rehearsal cloud with openstacksdk and otcextensions: password tokens, the service catalogue, DCS API v1.0."""

import json
import sys
import time

import openstack
import otcextensions.sdk

with open(sys.argv[1]) as connection_file:
    connection = json.loads(connection_file.readline())
credentials = connection["credentials"]


def step(name, value):
    print(f"{name}: {value}")
    return value


def wait(look):
    for _ in range(600):
        found = look()
        if found is not None:
            return found
        time.sleep(0.05)
    raise SystemExit("never ended")


def ended(records, identity):
    record = next(one for one in records if one.id == identity)
    return record if record.status in ("succeed", "failed") else None


def connect(auth_url, **project_domain):
    auth = dict(
        auth_url=auth_url,
        username=credentials["user_name"],
        password=credentials["password"],
        user_domain_name=credentials["domain_name"],
        project_name=credentials["project_name"],
        **project_domain,
    )
    cloud = openstack.connection.Connection(auth=auth, region_name=connection["region"], identity_api_version="3")
    otcextensions.sdk.register_otc_extensions(cloud)
    assert cloud.current_project_id == credentials["project_id"]
    return cloud


# As the set-up pages have it: IAM without a version, and a project domain that nobody named.
connect(connection["endpoints"]["iam"], project_domain_id="default")
cloud = connect(connection["auth_url"], project_domain_name=credentials["domain_name"])
step("projects by name", [one.name for one in cloud.identity.projects(name=credentials["project_name"])])
step("projects of the user", len(list(cloud.identity.user_projects(credentials["user_id"]))))
step("services", [one.type for one in cloud.identity.services()])
step("regions", len(list(cloud.identity.regions())))

instance = cloud.dcs.find_instance("dcs-orders")
assert step("instance", cloud.dcs.get_instance(instance.id).status) == "RUNNING"
backup = cloud.dcs.backup_instance(instance.id, description="by otcextensions")
assert step("backup", wait(lambda: ended(cloud.dcs.backups(instance.id), backup.id)).status) == "succeed"
restore = cloud.dcs.restore_instance(instance.id, backup_id=backup.id)
assert step("restore", wait(lambda: ended(cloud.dcs.restore_records(instance.id), restore.id)).status) == "succeed"
cloud.dcs.delete_instance_backup(instance.id, backup.id)
assert all(one.id != backup.id for one in cloud.dcs.backups(instance.id))

step("vaults", [one.name for one in cloud.cbr.vaults()])
step("backups", [one.name for one in cloud.cbr.backups()])
print("all good")
