package main

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/sdkerr"
	dds "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/dds/v3"
	ddsmodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/dds/v3/model"
	rds "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/rds/v3"
	rdsmodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/rds/v3/model"
)

// A backup, a restore of it in place and into a new instance, and their deletion.
func tryRds(client *rds.RdsClient) {
	name := "shop"
	found := must(client.ListInstances(&rdsmodel.ListInstancesRequest{Name: &name}))
	shop := (*found.Instances)[0]
	same("RDS instance", [2]string{shop.Name, shop.Status}, [2]string{name, "ACTIVE"})
	status := func(id string) string {
		rows := *must(client.ListInstances(&rdsmodel.ListInstancesRequest{Id: &id})).Instances
		if len(rows) == 0 {
			return "gone"
		}
		return rows[0].Status
	}
	// The listed backup of that id; nil while there is none.
	listed := func(id string) *rdsmodel.BackupForList {
		rows := *must(client.ListBackups(&rdsmodel.ListBackupsRequest{InstanceId: shop.Id})).Backups
		at := slices.IndexFunc(rows, func(row rdsmodel.BackupForList) bool { return row.Id == id })
		if at < 0 {
			return nil
		}
		return &rows[at]
	}

	text := "by the Go SDK"
	asked := rdsmodel.CreateManualBackupRequest{Body: &rdsmodel.CreateManualBackupRequestBody{
		InstanceId: shop.Id, Name: "by-the-go-sdk", Description: &text,
	}}
	made := must(client.CreateManualBackup(&asked)).Backup
	same("backup", [2]string{made.Status.Value(), made.Type.Value()}, [2]string{"BUILDING", "manual"})
	_, err := client.CreateManualBackup(&asked)
	refused("a name that is taken", err, "DBS.201201")
	wait("RDS backup", func() bool {
		row := listed(made.Id)
		return row != nil && row.Status.Value() == "COMPLETED" && row.Size > 0
	})
	times := *must(client.ListRestoreTimes(&rdsmodel.ListRestoreTimesRequest{InstanceId: shop.Id})).RestoreTime
	same("restorable times", times[0].StartTime < times[0].EndTime, true)

	wait("an idle instance", func() bool { return status(shop.Id) == "ACTIVE" })
	kind := rdsmodel.GetRestoreExistingInstanceRequestBodySourceTypeEnum().BACKUP
	job := *must(client.RestoreExistInstance(&rdsmodel.RestoreExistInstanceRequest{
		Body: &rdsmodel.RestoreExistingInstanceRequestBody{
			Source: &rdsmodel.RestoreExistingInstanceRequestBodySource{
				InstanceId: shop.Id, Type: &kind, BackupId: &made.Id,
			},
			Target: &rdsmodel.TargetInstanceRequest{InstanceId: shop.Id},
		},
	})).JobId
	since, until := window()
	wait("RDS restore", func() bool {
		tasks := *must(client.ListTasks(&rdsmodel.ListTasksRequest{
			InstanceId: &shop.Id, StartTime: millis(since), EndTime: millis(until),
		})).Tasks
		return slices.ContainsFunc(tasks, func(task rdsmodel.Task) bool {
			return *task.Id == job && *task.Status == "Completed" && *task.InstanceId == shop.Id
		})
	})
	wait("the instance again", func() bool { return status(shop.Id) == "ACTIVE" })
	tryNewInstance(client, shop, made.Id, status)
	must(client.DeleteManualBackup(&rdsmodel.DeleteManualBackupRequest{BackupId: made.Id}))
	wait("the backup gone", func() bool { return listed(made.Id) == nil })
}

func tryNewInstance(client *rds.RdsClient, of rdsmodel.InstanceResponse, backup string, status func(string) string) {
	password := "Rehearsed-4711"
	started := must(client.CreateRestoreInstance(&rdsmodel.CreateRestoreInstanceRequest{
		Body: &rdsmodel.CreateRestoreInstanceRequestBody{
			Name: "by-the-go-sdk", Password: &password, FlavorRef: "rds.mysql.c2.large",
			Volume:           &rdsmodel.Volume{Type: rdsmodel.GetVolumeTypeEnum().CLOUDSSD, Size: 100},
			AvailabilityZone: "eu-de-01", VpcId: &of.VpcId, SubnetId: &of.SubnetId,
			RestorePoint: &rdsmodel.RestorePoint{InstanceId: of.Id, Type: "backup", BackupId: &backup},
		},
	}))
	instance := *started.Instance.Id
	same("new instance", *started.Instance.Status, "BUILD")
	wait("RDS new instance", func() bool {
		told, err := client.ListJobInfo(&rdsmodel.ListJobInfoRequest{Id: *started.JobId})
		if err != nil {
			refused("a task that is not shown yet", err, "DBS.200543")
			return false
		}
		return told.Job.Status.Value() == "Completed" && told.Job.Instance.Id == instance
	})
	wait("the new instance", func() bool { return status(instance) == "ACTIVE" })
	must(client.DeleteInstance(&rdsmodel.DeleteInstanceRequest{InstanceId: instance}))
	wait("the instance gone", func() bool { return status(instance) == "gone" })
}

// A backup, a restore of it, and its deletion. Only Huawei Cloud lists tasks.
func tryDds(client *dds.DdsClient, platform string) {
	instance := (*must(client.ListInstances(&ddsmodel.ListInstancesRequest{})).Instances)[0]
	same("DDS instance", instance.Status, "normal")
	listed := func(id string) *ddsmodel.BackupForList {
		rows := *must(client.ListBackups(&ddsmodel.ListBackupsRequest{InstanceId: &instance.Id})).Backups
		at := slices.IndexFunc(rows, func(row ddsmodel.BackupForList) bool { return row.Id == id })
		if at < 0 {
			return nil
		}
		return &rows[at]
	}

	text := "by the Go SDK"
	asked := ddsmodel.CreateManualBackupRequest{Body: &ddsmodel.CreateManualBackupRequestBody{
		Backup: &ddsmodel.CreateManualBackupOption{InstanceId: instance.Id, Name: "by-the-go-sdk", Description: &text},
	}}
	made := must(client.CreateManualBackup(&asked))
	same("backup has a task", *made.JobId != "", true)
	_, err := client.CreateManualBackup(&asked)
	refused("a name that is taken", err, "DBS.201201")
	wait("DDS backup", func() bool {
		row := listed(*made.BackupId)
		return row != nil && row.Status.Value() == "COMPLETED" && row.Description == text
	})
	day := time.Now().UTC().Format(time.DateOnly)
	times := must(client.ListRestoreTimes(&ddsmodel.ListRestoreTimesRequest{InstanceId: instance.Id, Date: day}))
	for _, one := range *times.RestoreTime {
		same("restorable times", one.StartTime < one.EndTime, true)
	}

	kind := "backup"
	job := *must(client.RestoreInstance(&ddsmodel.RestoreInstanceRequest{Body: &ddsmodel.RestoreInstanceRequestBody{
		Source: &ddsmodel.Source{InstanceId: instance.Id, Type: &kind, BackupId: made.BackupId},
		Target: &ddsmodel.Target{InstanceId: instance.Id},
	}})).JobId
	wait("DDS restore", func() bool {
		told, err := client.ShowJobDetail(&ddsmodel.ShowJobDetailRequest{Id: job})
		if err != nil {
			refused("a task that is not shown yet", err, "DBS.200543")
			return false
		}
		return told.Job.Status == "Completed"
	})
	wait("the instance again", func() bool {
		rows := *must(client.ListInstances(&ddsmodel.ListInstancesRequest{Id: &instance.Id})).Instances
		return len(rows[0].Actions) == 0
	})
	if platform == "huaweicloud" {
		since, until := window()
		form := "2006-01-02T15:04:05Z"
		tasks := *must(client.ListTasks(&ddsmodel.ListTasksRequest{
			StartTime: since.UTC().Format(form), EndTime: until.UTC().Format(form),
		})).Jobs
		ours := func(task ddsmodel.JobInfo) bool { return task.Id == job && task.InstanceId == instance.Id }
		same("in the list of tasks", slices.ContainsFunc(tasks, ours), true)
	}
	must(client.DeleteManualBackup(&ddsmodel.DeleteManualBackupRequest{BackupId: *made.BackupId}))
	wait("the backup gone", func() bool { return listed(*made.BackupId) == nil })
}

// refused ends the program when a call was accepted, or refused with another code.
func refused(what string, err error, code string) {
	var answer *sdkerr.ServiceResponseError
	if !errors.As(err, &answer) {
		fail(what + ": no refusal of the service")
	}
	same(what, answer.ErrorCode, code)
}

// window is an hour on either side of now.
func window() (time.Time, time.Time) {
	return time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
}

// millis is a time as a text of milliseconds since 1970.
func millis(moment time.Time) *string {
	text := strconv.FormatInt(moment.UnixMilli(), 10)
	return &text
}
