"""Drives RDS and DDS of the rehearsal cloud with the official Huawei Cloud Python SDK: backups, restores in place and to a new
instance, tasks and times.

Usage: python clients/databases_sdk.py PROGRAM, where PROGRAM is terraform-provider-recovery.
"""

import sys
import time
import warnings

import huaweicloudsdkdds.v3 as dds
import huaweicloudsdkrds.v3 as rds
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ServiceResponseException
from huaweicloudsdkcore.region.region import Region

from simulate import cloud, control, same, wait

# The SDK warns of times that it cannot read, and hands out the text.
warnings.filterwarnings("ignore", message="Unable to convert string")


def client(connection, kind, service):
    keys = connection["credentials"]
    credentials = BasicCredentials(keys["access_key"], keys["secret_key"]).with_iam_endpoint(
        connection["endpoints"]["iam"]
    )
    region = Region(connection["region"], connection["endpoints"][service])
    return kind.new_builder().with_credentials(credentials).with_region(region).build()


def refused(what, call, code):
    try:
        call()
    except ServiceResponseException as problem:
        same(what, problem.error_code, code)
        return
    raise SystemExit(f"{what}: was accepted")


def try_rds(connection, platform):
    api = client(connection, rds.RdsClient, "rds")
    instances = api.list_instances(rds.ListInstancesRequest(limit=100)).instances
    shop = next(one for one in instances if one.name == "shop")
    same("RDS instance", (shop.status, shop.datastore.type, shop.volume.size), ("ACTIVE", "MySQL", 100))

    def status(instance):
        found = api.list_instances(rds.ListInstancesRequest(id=instance)).instances
        return found[0].status if found else None

    def idle(instance):
        return True if status(instance) == "ACTIVE" else None

    def backup(found):
        listed = api.list_backups(rds.ListBackupsRequest(instance_id=shop.id)).backups
        return next(one for one in listed if one.id == found)

    body = rds.CreateManualBackupRequestBody(instance_id=shop.id, name="by-the-sdk", description="by the SDK")
    ask = rds.CreateManualBackupRequest(body=body)
    made = api.create_manual_backup(ask).backup
    same("backup begun", (made.status, made.type, made.name), ("BUILDING", "manual", "by-the-sdk"))
    refused("a name that is taken", lambda: api.create_manual_backup(ask), "DBS.201201")
    wait("backup listed", lambda: True if len(
        [one for one in api.list_backups(rds.ListBackupsRequest(instance_id=shop.id)).backups if one.id == made.id]
    ) else None)
    done = wait("backup", lambda: backup(made.id) if backup(made.id).status == "COMPLETED" else None)
    same("backup", (done.instance_id, done.datastore.type, done.size > 0), (shop.id, "MySQL", True))
    ranges = api.list_restore_times(rds.ListRestoreTimesRequest(instance_id=shop.id)).restore_time
    same("restorable times", [one.start_time < one.end_time for one in ranges], [True])

    source = rds.RestoreExistingInstanceRequestBodySource(instance_id=shop.id, type="backup", backup_id=made.id)
    target = rds.TargetInstanceRequest(instance_id=shop.id)
    order = rds.RestoreExistingInstanceRequestBody(source=source, target=target)
    wait("an idle instance", lambda: idle(shop.id))
    job = api.restore_exist_instance(rds.RestoreExistInstanceRequest(body=order)).job_id
    since = str(int(time.time() * 1000) - 3_600_000)
    until = str(int(time.time() * 1000) + 3_600_000)
    tasks = rds.ListTasksRequest(instance_id=shop.id, start_time=since, end_time=until)

    def ended():
        found = [one for one in api.list_tasks(tasks).tasks if one.id == job]
        return found[0] if found and found[0].status != "Running" else None

    task = wait("restore", ended)
    same("restore", (task.name, task.status, task.instance_id), ("RestoreMysqlInInstance", "Completed", shop.id))
    wait("the instance again", lambda: idle(shop.id))

    point = rds.RestorePoint(instance_id=shop.id, type="backup", backup_id=made.id)
    new = rds.CreateRestoreInstanceRequestBody(
        name="by-the-sdk",
        password="Rehearsed-4711",
        flavor_ref="rds.mysql.c2.large",
        volume=rds.Volume(type="CLOUDSSD", size=100),
        availability_zone="eu-de-01",
        vpc_id="59000000-0000-4000-8000-000000000001",
        subnet_id="58000000-0000-4000-8000-000000000001",
        restore_point=point,
    )
    started = api.create_restore_instance(rds.CreateRestoreInstanceRequest(body=new))
    instance = started.instance.id
    same("new instance begun", (started.instance.status, started.instance.name), ("BUILD", "by-the-sdk"))

    def told():
        try:
            found = api.list_job_info(rds.ListJobInfoRequest(id=started.job_id)).job
        except ServiceResponseException as problem:
            same("a task that is not shown yet", problem.error_code, "DBS.200543")
            return None
        return found if found.status != "Running" else None

    told = wait("new instance", told)
    same("new instance", (told.status, told.instance.id), ("Completed", instance))
    wait("the new instance", lambda: idle(instance))
    journal = control(connection, "requests")["requests"]
    sent = [one for one in journal if one["method"] == "POST" and one["path"].endswith("/instances")]
    same("password in the journal", [one["body"]["password"] for one in sent], ["***"])

    api.delete_instance(rds.DeleteInstanceRequest(instance_id=instance))
    wait("the instance gone", lambda: True if status(instance) is None else None)
    api.delete_manual_backup(rds.DeleteManualBackupRequest(backup_id=made.id))
    wait("the backup gone", lambda: True if made.id not in [
        one.id for one in api.list_backups(rds.ListBackupsRequest(instance_id=shop.id)).backups
    ] else None)


def try_dds(connection, platform):
    api = client(connection, dds.DdsClient, "dds")
    instance = api.list_instances(dds.ListInstancesRequest(limit=100)).instances[0]
    same("DDS instance", instance.status, "normal")

    def backups():
        return api.list_backups(dds.ListBackupsRequest(instance_id=instance.id)).backups

    option = dds.CreateManualBackupOption(instance_id=instance.id, name="by-the-sdk", description="by the SDK")
    ask = dds.CreateManualBackupRequest(body=dds.CreateManualBackupRequestBody(backup=option))
    made = api.create_manual_backup(ask)
    same("backup has a task", bool(made.job_id), True)
    refused("a name that is taken", lambda: api.create_manual_backup(ask), "DBS.201201")

    def finished():
        found = [one for one in backups() if one.id == made.backup_id]
        return found[0] if found and found[0].status == "COMPLETED" else None

    done = wait("backup", finished)
    same("backup", (done.name, done.description, done.type), ("by-the-sdk", "by the SDK", "Manual"))
    day = time.strftime("%Y-%m-%d", time.gmtime())
    times = api.list_restore_times(dds.ListRestoreTimesRequest(instance_id=instance.id, date=day)).restore_time
    same("restorable times", [one.start_time < one.end_time for one in times], [True] * len(times))

    source = dds.Source(instance_id=instance.id, type="backup", backup_id=made.backup_id)
    body = dds.RestoreInstanceRequestBody(source=source, target=dds.Target(instance_id=instance.id))
    job = api.restore_instance(dds.RestoreInstanceRequest(body=body)).job_id

    def ended():
        try:
            found = api.show_job_detail(dds.ShowJobDetailRequest(id=job)).job
        except ServiceResponseException as problem:
            same("a task that is not shown yet", problem.error_code, "DBS.200543")
            return None
        return found if found.status != "Running" else None

    same("restore", wait("restore", ended).status, "Completed")

    def idle():
        found = api.list_instances(dds.ListInstancesRequest(id=instance.id)).instances[0]
        return True if not found.actions else None

    wait("the instance again", idle)
    if platform == "huaweicloud":
        form = "%Y-%m-%dT%H:%M:%SZ"
        now = time.time()
        window = dds.ListTasksRequest(
            start_time=time.strftime(form, time.gmtime(now - 3600)), end_time=time.strftime(form, time.gmtime(now + 3600))
        )
        same("in the list of tasks", job in [one.id for one in api.list_tasks(window).jobs], True)
    api.delete_manual_backup(dds.DeleteManualBackupRequest(backup_id=made.backup_id))
    wait("the backup gone", lambda: True if made.backup_id not in [one.id for one in backups()] else None)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    for cloud_platform in ("huaweicloud", "otc"):
        print(cloud_platform)
        with cloud(sys.argv[1], platform=cloud_platform) as here:
            try_rds(here, cloud_platform)
            try_dds(here, cloud_platform)
    print("all good")
