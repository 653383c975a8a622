"""Drives the rehearsal cloud with the official Huawei Cloud Python SDK: every request is signed with access keys."""

import json
import sys
import time

import huaweicloudsdkcbr.v1 as cbr  # the package serves the paths of API v3
import huaweicloudsdkdcs.v2 as dcs
import huaweicloudsdkddm.v1 as ddm
import huaweicloudsdkiam.v3 as iam
from huaweicloudsdkcore.auth.credentials import BasicCredentials, GlobalCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkcore.region.region import Region

with open(sys.argv[1]) as connection_file:
    connection = json.loads(connection_file.readline())
credentials = connection["credentials"]
endpoints = connection["endpoints"]
keys = credentials["access_key"], credentials["secret_key"]


def client(kind, service, signer):
    region = Region(connection["region"], endpoints[service])
    return kind.new_builder().with_credentials(signer.with_iam_endpoint(endpoints["iam"])).with_region(region).build()


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


def refused(call, code):
    try:
        call()
    except ClientRequestException as problem:
        assert problem.error_code == code, problem
        assert problem.request_id, problem
        return step("refused", code)
    raise SystemExit(f"{code} was expected")


# Without a project id the SDK looks the project up by the region's name.
cache = client(dcs.DcsClient, "dcs", BasicCredentials(*keys))
instances = cache.list_instances(dcs.ListInstancesRequest(limit=10)).instances
instance = step("instance", next(one.instance_id for one in instances if one.name == "dcs-orders"))
assert cache.show_instance(dcs.ShowInstanceRequest(instance_id=instance)).status == "RUNNING"

body = dcs.BackupInstanceBody(remark="sdk", backup_format="rdb")
backup = step("backup", cache.copy_instance(dcs.CopyInstanceRequest(instance_id=instance, body=body)).backup_id)
restore_body = dcs.RestoreInstanceBody(backup_id=backup, remark="sdk")
restore_request = dcs.RestoreInstanceRequest(instance_id=instance, body=restore_body)
refused(lambda: cache.restore_instance(restore_request), "DCS.4096")


def ended(records, key, identity):
    record = next(one for one in records if getattr(one, key) == identity)
    return record if record.status in ("succeed", "failed") else None


def backups():
    return cache.list_backup_records(dcs.ListBackupRecordsRequest(instance_id=instance)).backup_record_response


def restores():
    return cache.list_restore_records(dcs.ListRestoreRecordsRequest(instance_id=instance)).restore_record_response


assert step("ended", wait(lambda: ended(backups(), "backup_id", backup)).status) == "succeed"
restore = step("restore", cache.restore_instance(restore_request).restore_id)
assert step("ended", wait(lambda: ended(restores(), "restore_id", restore)).status) == "succeed"
unknown = dcs.ShowInstanceRequest(instance_id="00000000-0000-4000-8000-000000000000")
refused(lambda: cache.show_instance(unknown), "DCS.3022")
links = dcs.ListBackupFileLinksRequest(
    instance_id=instance, backup_id=backup, body=dcs.DownloadBackupFilesReq(expiration=300)
)
step("links", len(cache.list_backup_file_links(links).links))
cache.delete_backup_file(dcs.DeleteBackupFileRequest(instance_id=instance, backup_id=backup))
assert all(one.backup_id != backup for one in backups())

vaults = client(cbr.CbrClient, "cbr", BasicCredentials(*keys, credentials["project_id"]))
step("vaults", vaults.list_vault(cbr.ListVaultRequest()).count)
disk = next(one for one in vaults.list_backups(cbr.ListBackupsRequest()).backups if one.resource_type == "OS::Cinder::Volume")
target = cbr.BackupRestoreReq(restore=cbr.BackupRestore(volume_id=disk.resource_id))
vaults.restore_backup(cbr.RestoreBackupRequest(backup_id=disk.id, body=target))


def restored():
    logs = vaults.list_op_logs(cbr.ListOpLogsRequest(operation_type="restore")).operation_logs
    return next((one for one in logs if one.status in ("success", "failed")), None)


assert step("disk", wait(restored).status) == "success"

databases = client(ddm.DdmClient, "ddm", BasicCredentials(*keys, credentials["project_id"]))
step("ddm instances", len(databases.list_instances(ddm.ListInstancesRequest(offset=0, limit=10)).instances))

# Without a domain id the SDK looks it up.
identity = client(iam.IamClient, "iam", GlobalCredentials(*keys))
step("projects", len(identity.keystone_list_projects(iam.KeystoneListProjectsRequest()).projects))
role = iam.IdentityAssumerole(agency_name="recovery", domain_name="rehearsal-partner", duration_seconds=3600)
agency = iam.AgencyAuth(identity=iam.AgencyAuthIdentity(methods=["assume_role"], assume_role=role))
request = iam.CreateTemporaryAccessKeyByAgencyRequest(body=iam.CreateTemporaryAccessKeyByAgencyRequestBody(auth=agency))
step("temporary keys until", identity.create_temporary_access_key_by_agency(request).credential.expires_at)
print("all good")
