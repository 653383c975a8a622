// Drives the rehearsal cloud with the official Huawei Cloud Go SDK, which signs every request with access keys and reads
// every answer into typed fields: a number where a text is documented ends it.
//
// Usage: go run . PROGRAM, where PROGRAM is terraform-provider-recovery.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	cbr "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/cbr/v1" // the package is called v1 and calls API v3
	cbrmodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/cbr/v1/model"
	dcs "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/dcs/v2"
	dcsmodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/dcs/v2/model"
	ddm "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/ddm/v1"
	ddmmodel "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/ddm/v1/model"
	dds "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/dds/v3"
	rds "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/rds/v3"
)

// connection is the first line that `simulate` prints, as far as it is needed here.
type connection struct {
	Endpoints   map[string]string `json:"endpoints"`
	Credentials struct {
		ProjectID string `json:"project_id"`
		AccessKey string `json:"access_key"`
		SecretKey string `json:"secret_key"`
	} `json:"credentials"`
}

func main() {
	if len(os.Args) != 2 {
		fail("usage: go run . PROGRAM")
	}
	for _, platform := range []string{"otc", "huaweicloud"} {
		fmt.Println(platform)
		run(os.Args[1], platform)
	}
	fmt.Println("all good")
}

func run(program, platform string) {
	folder := must(os.MkdirTemp("", "rehearsal"))
	defer os.RemoveAll(folder)
	scenario := filepath.Join(folder, "scenario.yaml")
	check(os.WriteFile(scenario, []byte("platform: "+platform+"\n"), 0o600))
	cloud := exec.Command(program, "simulate", "--speed", "60", "--scenario", scenario)
	out := must(cloud.StdoutPipe())
	check(cloud.Start())
	defer func() {
		_ = cloud.Process.Signal(os.Interrupt)
		_ = cloud.Wait()
	}()
	var here connection
	check(json.Unmarshal(must(bufio.NewReader(out).ReadBytes('\n')), &here))
	tryDcs(dcs.NewDcsClient(client(dcs.DcsClientBuilder(), here, "dcs")))
	tryCbr(cbr.NewCbrClient(client(cbr.CbrClientBuilder(), here, "cbr")))
	tryDdm(ddm.NewDdmClient(client(ddm.DdmClientBuilder(), here, "ddm")))
	tryRds(rds.NewRdsClient(client(rds.RdsClientBuilder(), here, "rds")))
	tryDds(dds.NewDdsClient(client(dds.DdsClientBuilder(), here, "dds")), platform)
}

func client(builder *core.HcHttpClientBuilder, here connection, service string) *core.HcHttpClient {
	keys := basic.NewCredentialsBuilder().WithAk(here.Credentials.AccessKey).WithSk(here.Credentials.SecretKey)
	credentials := must(keys.WithProjectId(here.Credentials.ProjectID).SafeBuild())
	return must(builder.WithEndpoints([]string{here.Endpoints[service]}).WithCredential(credentials).SafeBuild())
}

func tryDcs(client *dcs.DcsClient) {
	name := "dcs-orders"
	listed := must(client.ListInstances(&dcsmodel.ListInstancesRequest{Name: &name}))
	same("instances of that name", len(*listed.Instances), 1)
	instance := *(*listed.Instances)[0].InstanceId
	shown := must(client.ShowInstance(&dcsmodel.ShowInstanceRequest{InstanceId: instance}))
	same("instance", [2]string{*shown.Name, *shown.Status}, [2]string{name, "RUNNING"})

	remark := "by the Go SDK"
	made := must(client.CopyInstance(&dcsmodel.CopyInstanceRequest{
		InstanceId: instance, Body: &dcsmodel.BackupInstanceBody{Remark: &remark},
	}))
	wait("backup", func() bool {
		records := must(client.ListBackupRecords(&dcsmodel.ListBackupRecordsRequest{InstanceId: instance}))
		newest := (*records.BackupRecordResponse)[0]
		same("newest backup", *newest.BackupId, *made.BackupId)
		return newest.Status.Value() == "succeed" && *newest.Remark == remark
	})
	started := must(client.RestoreInstance(&dcsmodel.RestoreInstanceRequest{
		InstanceId: instance, Body: &dcsmodel.RestoreInstanceBody{BackupId: *made.BackupId},
	}))
	wait("restore", func() bool {
		records := must(client.ListRestoreRecords(&dcsmodel.ListRestoreRecordsRequest{InstanceId: instance}))
		newest := (*records.RestoreRecordResponse)[0]
		return *newest.RestoreId == *started.RestoreId && newest.Status.Value() == "succeed"
	})
}

func tryCbr(client *cbr.CbrClient) {
	vaults := must(client.ListVault(&cbrmodel.ListVaultRequest{}))
	same("vaults", [2]string{(*vaults.Vaults)[0].Name, (*vaults.Vaults)[1].Name}, [2]string{"servers", "disks"})
	same("specification", (*vaults.Vaults)[1].Billing.SpecCode.Value(), "vault.backup.volume.normal")
	kind := cbrmodel.GetListBackupsRequestResourceTypeEnum().OSCINDERVOLUME
	backups := must(client.ListBackups(&cbrmodel.ListBackupsRequest{ResourceType: &kind}))
	disk := (*backups.Backups)[0]
	power := false
	must(client.RestoreBackup(&cbrmodel.RestoreBackupRequest{BackupId: disk.Id, Body: &cbrmodel.BackupRestoreReq{
		Restore: &cbrmodel.BackupRestore{VolumeId: &disk.ResourceId, PowerOn: &power},
	}}))
	operation := cbrmodel.GetListOpLogsRequestOperationTypeEnum().RESTORE
	wait("restore", func() bool {
		logs := must(client.ListOpLogs(&cbrmodel.ListOpLogsRequest{OperationType: &operation}))
		for _, log := range *logs.OperationLogs {
			if *log.ExtraInfo.Restore.BackupId == disk.Id {
				return log.Status.Value() == "success"
			}
		}
		return false
	})
}

func tryDdm(client *ddm.DdmClient) {
	listed := must(client.ListInstances(&ddmmodel.ListInstancesRequest{}))
	source := (*listed.Instances)[0].Id
	intervals := must(client.ShowAvalibleTime(&ddmmodel.ShowAvalibleTimeRequest{InstanceId: source}))
	same("restorable since", *(*intervals.RestorableTimeIntervals)[0].StartTime, "2025-01-01T00:00:00+0000")
	targets := must(client.ShowAvalibleDdms(&ddmmodel.ShowAvalibleDdmsRequest{InstanceId: source}))
	same("candidates", len(*targets.Instances) > 0, true)
}

// wait looks until it is so, at most half a minute.
func wait(what string, look func() bool) {
	for attempt := 0; attempt < 300; attempt++ {
		if look() {
			fmt.Printf("  %s: done\n", what)
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	fail(what + ": nothing happened for half a minute")
}

// same ends the program when what was found is not what was expected.
func same(what string, found, expected any) {
	if !reflect.DeepEqual(found, expected) {
		fail(fmt.Sprintf("%s: expected %v, found %v", what, expected, found))
	}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fail(err.Error())
	}
}

func fail(why string) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(1)
}
