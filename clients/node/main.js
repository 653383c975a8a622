// Drives the rehearsal cloud with the official Huawei Cloud Node SDK. Its registry has no package for DCS, CBR and DDM: the
// SDK's own core signs and sends their calls, and IAM is the SDK's whole client.
//
// What is refused on purpose (a wrong key, an unknown instance) the SDK prints as well, on standard output.
//
// Usage: node main.js PROGRAM, where PROGRAM is terraform-provider-recovery.
"use strict";

const { spawn } = require("node:child_process");
const { mkdtempSync, rmSync, writeFileSync } = require("node:fs");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { createInterface } = require("node:readline");
const { isDeepStrictEqual } = require("node:util");

const { BasicCredentials } = require("@huaweicloud/huaweicloud-sdk-core/auth/BasicCredentials");
const { GlobalCredentials } = require("@huaweicloud/huaweicloud-sdk-core/auth/GlobalCredentials");
const { ClientBuilder } = require("@huaweicloud/huaweicloud-sdk-core/ClientBuilder");
const iam = require("@huaweicloud/huaweicloud-sdk-iam/v3/public-api");

/** A service whose calls stand here; signing and sending are the SDK's. */
class Service {
  constructor(client) {
    this.hcClient = client;
  }

  static at(endpoint, credentials) {
    return new ClientBuilder((client) => new Service(client)).withCredential(credentials).withEndpoint(endpoint).build();
  }

  call(method, url, { query = {}, body } = {}) {
    const headers = {};
    const options = { method, url, queryParams: query, pathParams: {}, headers, data: {} };
    if (body !== undefined) {
      Object.assign(options, { contentType: "application/json", data: body });
    }
    return this.hcClient.sendRequest(options);
  }
}

/** Runs `simulate` for a platform, and what is to be tried with it. */
async function withCloud(program, platform, attempt) {
  const folder = mkdtempSync(join(tmpdir(), "rehearsal-"));
  const scenario = join(folder, "scenario.json");
  writeFileSync(scenario, JSON.stringify({ platform }));
  const cloud = spawn(program, ["simulate", "--speed", "60", "--scenario", scenario], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    for await (const line of createInterface({ input: cloud.stdout })) {
      await attempt(JSON.parse(line));
      break;
    }
  } finally {
    cloud.kill("SIGINT");
    rmSync(folder, { recursive: true });
  }
}

async function tryIam(here, keys) {
  const global = new GlobalCredentials().withAk(keys.access_key).withSk(keys.secret_key);
  const client = iam.IamClient.newBuilder().withCredential(global).withEndpoint(here.endpoints.iam).build();
  const request = new iam.KeystoneListProjectsRequest();
  request.name = keys.project_name;
  const { projects } = await client.keystoneListProjects(request);
  same("project", projects.map((project) => project.id), [keys.project_id]);
  const { domains } = await client.keystoneListAuthDomains(new iam.KeystoneListAuthDomainsRequest());
  same("account", domains[0].name, keys.domain_name);

  const wrong = new GlobalCredentials().withAk(keys.access_key).withSk("wrong");
  const stranger = iam.IamClient.newBuilder().withCredential(wrong).withEndpoint(here.endpoints.iam).build();
  const refusal = await stranger.keystoneListProjects(request).then(() => fail("a wrong key was taken"), (error) => error);
  same("a wrong key", refusal.httpStatusCode, 401);
}

async function tryDcs(service, project) {
  const instances = await service.call("GET", `/v2/${project}/instances`, { query: { name: "dcs-orders" } });
  const [{ instance_id: instance, status }] = instances.instances;
  same("instance", status, "RUNNING");
  const of = `/v2/${project}/instances/${instance}`;
  const { backup_id: backup } = await service.call("POST", `${of}/backups`, { body: { remark: "by the Node SDK" } });
  await wait("backup", async () => {
    const { backup_record_response: records } = await service.call("GET", `${of}/backups`);
    return records[0].backup_id === backup && records[0].status === "succeed" && records[0].remark === "by the Node SDK";
  });
  const { restore_id: restore } = await service.call("POST", `${of}/restores`, { body: { backup_id: backup } });
  await wait("restore", async () => {
    const { restore_record_response: records } = await service.call("GET", `${of}/restores`);
    return records[0].restore_id === restore && records[0].status === "succeed";
  });
  const unknown = `/v2/${project}/instances/00000000-0000-4000-8000-000000000000`;
  const refusal = await service.call("GET", unknown).then(() => fail("no such instance"), (error) => error);
  same("no such instance", [refusal.httpStatusCode, Boolean(refusal.errorCode), Boolean(refusal.requestId)], [404, true, true]);
}

async function tryCbr(service, project) {
  const { vaults } = await service.call("GET", `/v3/${project}/vaults`);
  same("vaults", vaults.map((vault) => vault.name), ["servers", "disks"]);
  const { backups } = await service.call("GET", `/v3/${project}/backups`, { query: { resource_type: "OS::Cinder::Volume" } });
  const disk = backups.find((backup) => backup.status === "available" && !backup.parent_id);
  const restore = { volume_id: disk.resource_id, power_on: false };
  await service.call("POST", `/v3/${project}/backups/${disk.id}/restore`, { body: { restore } });
  await wait("restore", async () => {
    const { operation_logs: logs } = await service.call("GET", `/v3/${project}/operation-logs`, { query: { operation_type: "restore" } });
    return logs.some((log) => log.extra_info.restore.backup_id === disk.id && log.status === "success");
  });
}

async function tryDdm(service, project) {
  const { instances } = await service.call("GET", `/v1/${project}/instances`, { query: { offset: 0, limit: 128 } });
  const source = instances[0].id;
  const of = `/v3/${project}/instances/${source}/backups`;
  const times = await service.call("GET", `${of}/restorable-time-interval`);
  same("restorable since", times.restorable_time_intervals[0].start_time, "2025-01-01T00:00:00+0000");
  const moment = Date.parse("2025-05-20T09:12:32Z");
  const { related_data_nodes: nodes } = await service.call("GET", `${of}/related-dn`, { query: { restore_time: moment } });
  same("data nodes", nodes.length, 2);
  const targets = await service.call("GET", `${of}/restorable-instances`);
  const target = targets.instances.find((instance) => instance.available).instance_id;
  const query = { target_instance_id: target, source_dn_instance_id: nodes[0].instance_id, restore_time: moment };
  const offered = await service.call("GET", `${of}/restorable-data-node`, { query });
  const free = offered.target_data_nodes.filter((node) => node.available).map((node) => node.instance_id);
  const pairs = nodes.map((node, at) => ({ source_instance_id: node.instance_id, target_instance_id: free[at] }));
  const body = {
    source: { instance_id: source, restore_time: moment },
    target: { instance_id: target },
    data_node_relations: pairs,
  };
  const { job_id: job } = await service.call("POST", `${of}/recovery`, { body });
  await wait("recovery", async () => {
    // A task is not found by its ID at once.
    const found = await service.call("GET", `/v3/${project}/jobs/${job}`).catch((error) => (error.httpStatusCode < 500 ? {} : fail(error)));
    return found.job?.status === "Completed";
  });
}

/** Looks until it is so, at most half a minute. */
async function wait(what, look) {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (await look()) {
      console.log(`  ${what}: done`);
      return;
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  fail(`${what}: nothing happened for half a minute`);
}

/** Prints a line; ends the script when it is not as expected. */
function same(what, found, expected) {
  if (!isDeepStrictEqual(found, expected)) {
    fail(`${what}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
  }
  console.log(`  ${what}: ${JSON.stringify(found)}`);
}

function fail(why) {
  throw new Error(String(why?.stack ?? why));
}

async function main() {
  const [program] = process.argv.slice(2);
  if (program === undefined) {
    fail("usage: node main.js PROGRAM");
  }
  for (const platform of ["otc", "huaweicloud"]) {
    console.log(platform);
    await withCloud(program, platform, async (here) => {
      const keys = here.credentials;
      const regional = new BasicCredentials().withAk(keys.access_key).withSk(keys.secret_key).withProjectId(keys.project_id);
      await tryIam(here, keys);
      await tryDcs(Service.at(here.endpoints.dcs, regional), keys.project_id);
      await tryCbr(Service.at(here.endpoints.cbr, regional), keys.project_id);
      await tryDdm(Service.at(here.endpoints.ddm, regional), keys.project_id);
    });
  }
  console.log("all good");
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
