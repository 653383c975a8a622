"""Drives the rehearsal cloud with the official Huawei Cloud Python SDK, which signs every request with access keys.

Usage: python clients/huawei_sdk.py PROGRAM, where PROGRAM is terraform-provider-recovery.
"""

import sys
import time
import urllib.request
import warnings

import huaweicloudsdkcbr.v1 as cbr  # the package is called v1 and calls API v3
import huaweicloudsdkdcs.v2 as dcs
import huaweicloudsdkddm.v1 as ddm
import huaweicloudsdkiam.v3 as iam
from huaweicloudsdkcore.auth.credentials import BasicCredentials, GlobalCredentials
from huaweicloudsdkcore.exceptions.exceptions import ServiceResponseException
from huaweicloudsdkcore.region.region import Region

from simulate import cloud, control, same, wait

# The SDK cannot read the times that Open Telekom Cloud writes: it warns and hands out the text.
warnings.filterwarnings("ignore", message="Unable to convert string")

UNKNOWN = "00000000-0000-4000-8000-000000000000"


class Clients:
    """A client of each service. Without ids the SDK looks up project and account in IAM by itself."""

    def __init__(self, connection, access, secret, project=None, security_token=None):
        self.connection = connection
        self.regional = BasicCredentials(access, secret, project).with_security_token(security_token)
        self.worldwide = GlobalCredentials(access, secret).with_security_token(security_token)

    dcs = property(lambda self: self.build(dcs.DcsClient, "dcs", self.regional))
    cbr = property(lambda self: self.build(cbr.CbrClient, "cbr", self.regional))
    ddm = property(lambda self: self.build(ddm.DdmClient, "ddm", self.regional))
    iam = property(lambda self: self.build(iam.IamClient, "iam", self.worldwide))

    def build(self, kind, service, credentials):
        endpoints = self.connection["endpoints"]
        region = Region(self.connection["region"], endpoints[service])
        credentials = credentials.with_iam_endpoint(endpoints["iam"])
        return kind.new_builder().with_credentials(credentials).with_region(region).build()


def refused(what, call, status, code):
    try:
        call()
    except ServiceResponseException as problem:
        assert problem.request_id, problem
        same(what, (problem.status_code, problem.error_code), (status, code))
        return
    raise SystemExit(f"{what}: was accepted")


def try_dcs(client):
    instances = client.list_instances(dcs.ListInstancesRequest(limit=10)).instances
    instance = next(one.instance_id for one in instances if one.name == "dcs-orders")
    show = dcs.ShowInstanceRequest(instance_id=instance)
    shown = client.show_instance(show)
    same("instance", (shown.name, shown.status, shown.engine), ("dcs-orders", "RUNNING", "Redis"))
    pages = [client.list_instances(dcs.ListInstancesRequest(limit=1, offset=offset)) for offset in range(5)]
    same("pages of instances", [len(page.instances) for page in pages], [1, 1, 1, 1, 0])
    counts = client.list_number_of_instances_in_different_status(dcs.ListNumberOfInstancesInDifferentStatusRequest())
    same("running", (counts.running_count, counts.redis.running_count, counts.memcached.running_count), (4, 4, 0))

    def backups(**page):
        return client.list_backup_records(dcs.ListBackupRecordsRequest(instance_id=instance, **page))

    def restores():
        return client.list_restore_records(dcs.ListRestoreRecordsRequest(instance_id=instance)).restore_record_response

    def ended(record):
        return record if record.status in ("succeed", "failed") else None

    body = dcs.BackupInstanceBody(remark="by the SDK", backup_format="rdb")
    backup = client.copy_instance(dcs.CopyInstanceRequest(instance_id=instance, body=body)).backup_id
    restore_body = dcs.RestoreInstanceBody(backup_id=backup, remark="by the SDK")
    restore = dcs.RestoreInstanceRequest(instance_id=instance, body=restore_body)
    refused("restore during backup", lambda: client.restore_instance(restore), 400, "DCS.4096")
    made = wait("backup", lambda: ended(backups().backup_record_response[0]))
    found = (made.backup_id, made.status, made.remark, made.backup_format, made.is_support_restore)
    same("backup", found, (backup, "succeed", "by the SDK", "rdb", "TRUE"))
    all_of_them = backups().backup_record_response
    paged = [backups(limit=1, offset=offset).backup_record_response[0] for offset in range(len(all_of_them))]
    same("backups in pages of one", [one.backup_id for one in paged], [one.backup_id for one in all_of_them])

    started = client.restore_instance(restore).restore_id
    done = wait("restore", lambda: ended(restores()[0]))
    same("restore", (done.restore_id, done.backup_id, done.status), (started, backup, "succeed"))
    wait("instance", lambda: client.show_instance(show).status == "RUNNING" or None)
    links = dcs.ListBackupFileLinksRequest(
        instance_id=instance, backup_id=backup, body=dcs.DownloadBackupFilesReq(expiration=300)
    )
    same("links", [bool(one.link) for one in client.list_backup_file_links(links).links], [True])
    client.delete_backup_file(dcs.DeleteBackupFileRequest(instance_id=instance, backup_id=backup))
    left = [one.backup_id for one in backups().backup_record_response]
    same("left after deletion", [one for one in left if one == backup], [])
    unknown = dcs.ShowInstanceRequest(instance_id=UNKNOWN)
    refused("unknown instance", lambda: client.show_instance(unknown), 404, "DCS.3022")
    tasks = client.list_background_task(dcs.ListBackgroundTaskRequest(instance_id=instance))
    same("background tasks", int(tasks.task_count), len(tasks.tasks))


def try_cbr(client):
    vaults = client.list_vault(cbr.ListVaultRequest())
    same("vaults", (vaults.count, [one.name for one in vaults.vaults]), (2, ["servers", "disks"]))
    servers = client.show_vault(cbr.ShowVaultRequest(vault_id=vaults.vaults[0].id)).vault
    same("protected", [one.type for one in servers.resources], ["OS::Nova::Server"] * 2)
    second = client.list_vault(cbr.ListVaultRequest(limit=1, offset=1)).vaults
    same("second page of vaults", [one.name for one in second], ["disks"])

    # The newest comes first.
    listed = client.list_backups(cbr.ListBackupsRequest()).backups
    disk = next(one for one in listed if one.resource_type == "OS::Cinder::Volume")
    of_server = next(one for one in listed if one.resource_type == "OS::Nova::Server")
    server = client.show_backup(cbr.ShowBackupRequest(backup_id=of_server.id)).backup
    same("disks of the server", len(server.children), 2)

    def restore(backup, **target):
        body = cbr.BackupRestoreReq(restore=cbr.BackupRestore(**target))
        client.restore_backup(cbr.RestoreBackupRequest(backup_id=backup.id, body=body))

    def log_of(backup):
        query = cbr.ListOpLogsRequest(operation_type="restore", start_time="2025-01-01T00:00:00Z")
        logs = client.list_op_logs(query).operation_logs
        mine = [one for one in logs if one.extra_info.restore.backup_id == backup.id]
        return next((one for one in mine if one.status in ("success", "failed")), None)

    mappings = [cbr.BackupRestoreServerMapping(backup_id=one.id, volume_id=one.resource_id) for one in server.children]
    restore(server, server_id=server.resource_id, power_on=True, mappings=mappings)
    again = lambda: restore(server, server_id=server.resource_id, mappings=mappings)
    refused("second restore", again, 400, "BackupService.2010")
    restore(disk, volume_id=disk.resource_id)
    for backup in (server, disk):
        log = wait("restore", lambda: log_of(backup))
        shown = client.show_op_log(cbr.ShowOpLogRequest(operation_log_id=log.id)).operation_log
        found = (shown.status, shown.extra_info.restore.target_resource_id, shown.extra_info.common.progress)
        same("restore", found, ("success", backup.resource_id, 100))

    wanted = cbr.VaultBackup(
        vault_id=disk.vault_id,
        parameters=cbr.CheckpointParam(name="by-the-sdk", description="", incremental=False, auto_trigger=False),
    )
    body = cbr.VaultBackupReq(checkpoint=wanted)
    point = client.create_checkpoint(cbr.CreateCheckpointRequest(body=body)).checkpoint
    same("checkpoint", (point.extra_info.name, point.vault.id), ("by-the-sdk", disk.vault_id))

    def status():
        return client.show_checkpoint(cbr.ShowCheckpointRequest(checkpoint_id=point.id)).checkpoint.status

    wait("checkpoint", lambda: status() == "available" or None)
    (made,) = client.list_backups(cbr.ListBackupsRequest(checkpoint_id=point.id)).backups
    same("its backup", (made.status, made.resource_id), ("available", disk.resource_id))
    client.delete_backup(cbr.DeleteBackupRequest(backup_id=made.id))

    def gone():
        try:
            client.show_backup(cbr.ShowBackupRequest(backup_id=made.id))
        except ServiceResponseException as problem:
            return problem.error_code

    same("deleted", wait("deletion", gone), "BackupService.6200")


def try_ddm(client, platform):
    instances = client.list_instances(ddm.ListInstancesRequest(offset=0, limit=10)).instances
    ids = {one.name: one.id for one in instances}
    source = ids["orders"]
    shown = client.show_instance(ddm.ShowInstanceRequest(instance_id=source))
    same("instance", (shown.name, shown.status), ("orders", "RUNNING"))
    (interval,) = client.show_avalible_time(ddm.ShowAvalibleTimeRequest(instance_id=source)).restorable_time_intervals
    same("restorable since", interval.start_time, "2025-01-01T00:00:00+0000")
    moment = int(time.time() - 3600) * 1000

    targets = client.show_avalible_ddms(ddm.ShowAvalibleDdmsRequest(instance_id=source, offset=0, limit=10)).instances
    target = next(one.instance_id for one in targets if one.available)
    nodes = client.show_related_dns(ddm.ShowRelatedDnsRequest(instance_id=source, restore_time=moment))
    relations = []
    for node in nodes.related_data_nodes:
        query = ddm.ShowAvalibleRdsRequest(
            instance_id=source, target_instance_id=target, source_dn_instance_id=node.instance_id, restore_time=moment
        )
        taken = {one.target_instance_id for one in relations}
        free = [one.instance_id for one in client.show_avalible_rds(query).target_data_nodes if one.available]
        choice = next(one for one in free if one not in taken)
        relations.append(ddm.DataNodeRelation(source_instance_id=node.instance_id, target_instance_id=choice))
    same("data nodes", len(relations), 2)
    body = ddm.RestoreInst2ExistReq(
        source=ddm.RestoreInstSource(restore_time=moment),
        target=ddm.RestoreInstTarget(instance_id=target),
        data_node_relations=relations,
    )
    request = ddm.Restore2ExistRequest(instance_id=source, body=body)
    if platform == "otc":
        # There `source.instance_id` is required, for which the SDK has no field; nor does it know that error body.
        refused("restore without source id", lambda: client.restore2_exist(request), 400, "400")
        return
    job = client.restore2_exist(request).job_id

    def ended():
        try:
            shown = client.show_ddm_job_result(ddm.ShowDdmJobResultRequest(job_id=job)).job
        except ServiceResponseException as problem:
            # A job is not found in the first moments.
            assert problem.error_code == "DBS.300400", problem
            return None
        return shown if shown.status in ("Completed", "Failed") else None

    done = wait("restore", ended)
    same("restore", (done.name, done.status, done.instance.id), ("RestoreInstance", "Completed", target))
    # The SDK holds these times as floats, and writes them so.
    now = float(int(time.time()) * 1000)
    window = ddm.ListTasksRequest(start_time=now - 3_600_000, end_time=now + 60_000, offset=0, limit=10)
    same("in the list of tasks", [one.id for one in client.list_tasks(window).jobs], [job])
    same("backups", len(client.list_backups(ddm.ListBackupsRequest(offset=0, limit=10)).backups), 2)


def try_lookups(clients, platform):
    """What clients ask for before they come to a backup."""
    client = clients.dcs
    zones = client.list_available_zones(dcs.ListAvailableZonesRequest()).available_zones
    same("DCS zones", [one.code for one in zones], ["eu-de-01", "eu-de-02"])
    windows = client.list_maintenance_windows(dcs.ListMaintenanceWindowsRequest()).maintain_windows
    same("maintenance window", [(one.begin, one.end) for one in windows if one.default], [("02", "06")])
    flavors = client.list_flavors(dcs.ListFlavorsRequest(cache_mode="ha", capacity="1")).flavors
    same("flavours", [one.cache_mode for one in flavors], ["ha"])
    quota = client.show_quota_of_tenant(dcs.ShowQuotaOfTenantRequest()).quotas.resources
    same("quota", [one.used for one in quota if one.type == "instance"], [4])
    busy = client.list_statistics_of_running_instances(dcs.ListStatisticsOfRunningInstancesRequest()).statistics
    same("statistics", len(busy), 4)
    instance = client.list_instances(dcs.ListInstancesRequest(name="dcs-catalogue")).instances[0].instance_id
    shards = client.list_group_replication_info(dcs.ListGroupReplicationInfoRequest(instance_id=instance))
    same("shards", [len(one.replication_list) for one in shards.group_list], [2, 2, 2])

    client = clients.cbr
    policies = client.list_policies(cbr.ListPoliciesRequest()).policies
    same("policies", [one.name for one in policies], ["nightly"])
    regions = client.show_replication_capabilities(cbr.ShowReplicationCapabilitiesRequest()).regions
    same("replication", len(regions[0].replication_destinations), 1)
    if platform == "otc":
        refused("summary", lambda: client.show_summary(cbr.ShowSummaryRequest()), 404, "APIGW.0101")
    else:
        same("summary", client.show_summary(cbr.ShowSummaryRequest()).size, 1000)
    servers = client.list_protectable(cbr.ListProtectableRequest(protectable_type="server")).instances
    same("protectable servers", [len(one.children) for one in servers], [2, 2])
    billing = cbr.BillingCreate(object_type="disk", protect_type="backup", consistent_level="crash_consistent", size=40)
    wanted = cbr.VaultCreate(name="by-the-sdk", billing=billing, resources=[])
    made = client.create_vault(cbr.CreateVaultRequest(body=cbr.VaultCreateReq(vault=wanted))).vault
    same("vault", (made.billing.spec_code, made.billing.size), ("vault.backup.volume.normal", 40))
    client.delete_vault(cbr.DeleteVaultRequest(vault_id=made.id))
    refused("deleted vault", lambda: client.show_vault(cbr.ShowVaultRequest(vault_id=made.id)), 404, "BackupService.6105")

    client = clients.ddm
    engines = client.list_engines(ddm.ListEnginesRequest(offset=0, limit=10)).engine_groups
    same("DDM engines", [one.name for one in engines], ["ddm"])
    source = next(one.id for one in client.list_instances(ddm.ListInstancesRequest()).instances if one.name == "orders")
    nodes = client.list_nodes(ddm.ListNodesRequest(instance_id=source, offset=0, limit=10)).nodes
    same("DDM nodes", len(nodes), 2)


def try_iam(clients):
    credentials, region = clients.connection["credentials"], clients.connection["region"]
    client = clients.iam
    (project,) = client.keystone_list_projects(iam.KeystoneListProjectsRequest(name=region)).projects
    same("project", project.id, credentials["project_id"])
    domains = client.keystone_list_auth_domains(iam.KeystoneListAuthDomainsRequest()).domains
    same("account", [one.id for one in domains], [credentials["domain_id"]])

    user = iam.PwdPasswordUser(
        name=credentials["user_name"],
        password=credentials["password"],
        domain=iam.PwdPasswordUserDomain(name=credentials["domain_name"]),
    )
    identity = iam.PwdIdentity(methods=["password"], password=iam.PwdPassword(user=user))
    scope = iam.AuthScope(project=iam.AuthScopeProject(name=region))
    body = iam.KeystoneCreateUserTokenByPasswordRequestBody(auth=iam.PwdAuth(identity=identity, scope=scope))
    request = iam.KeystoneCreateUserTokenByPasswordRequest(body=body)
    token = client.keystone_create_user_token_by_password(request).x_subject_token
    url = f"{clients.connection['endpoints']['dcs']}/v2/{credentials['project_id']}/instances"
    with urllib.request.urlopen(urllib.request.Request(url, headers={"X-Auth-Token": token})) as reply:
        same("token by password", reply.status, 200)

    identity = iam.TokenAuthIdentity(methods=["token"], token=iam.IdentityToken(id=token, duration_seconds=900))
    body = iam.CreateTemporaryAccessKeyByTokenRequestBody(auth=iam.TokenAuth(identity=identity))
    own = client.create_temporary_access_key_by_token(iam.CreateTemporaryAccessKeyByTokenRequest(body=body))
    role = iam.IdentityAssumerole(agency_name="recovery", domain_name="rehearsal-partner", duration_seconds=3600)
    identity = iam.AgencyAuthIdentity(methods=["assume_role"], assume_role=role)
    body = iam.CreateTemporaryAccessKeyByAgencyRequestBody(auth=iam.AgencyAuth(identity=identity))
    lent = client.create_temporary_access_key_by_agency(iam.CreateTemporaryAccessKeyByAgencyRequest(body=body))
    for what, keys in (("keys by token", own.credential), ("keys by agency", lent.credential)):
        temporary = Clients(clients.connection, keys.access, keys.secret, security_token=keys.securitytoken)
        same(what, len(temporary.dcs.list_instances(dcs.ListInstancesRequest()).instances), 4)


def try_refusals(clients):
    credentials = clients.connection["credentials"]
    ask = dcs.ListInstancesRequest()
    for what, access, secret in (
        ("wrong secret key", credentials["access_key"], "wrong"),
        ("unknown access key", "NOBODYSACCESSKEY0001", credentials["secret_key"]),
    ):
        stranger = Clients(clients.connection, access, secret, credentials["project_id"])
        refused(what, lambda: stranger.dcs.list_instances(ask), 401, "APIGW.0301")


def run(program, platform):
    print(platform)
    with cloud(program, platform=platform) as connection:
        credentials = connection["credentials"]
        clients = Clients(connection, credentials["access_key"], credentials["secret_key"])
        try_lookups(clients, platform)
        try_dcs(clients.dcs)
        try_cbr(clients.cbr)
        try_ddm(clients.ddm, platform)
        try_iam(clients)
        try_refusals(clients)
        kinds = {one["who"]["kind"] for one in control(connection, "requests")["requests"]}
        wanted = ["aksk", "temporary_aksk", "token"]
        same("credentials seen", sorted(kinds.intersection(wanted)), wanted)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    for cloud_platform in ("huaweicloud", "otc"):
        run(sys.argv[1], cloud_platform)
    print("all good")
