//! What the service offers, asked for by clients before they come to an instance: flavours, zones, quotas, maintenance
//! windows. Nothing here depends on what runs.

use serde_json::{Value, json};

use super::world::{CacheMode, Instance, World};
use crate::formats::hex_id;
use crate::service::{Platform, Request, Response};

/// The availability zones.
pub(super) const ZONES: [&str; 2] = ["eu-de-01", "eu-de-02"];
/// Of every instance, of a single node too: there is one kind of product.
pub(super) const PRODUCT_TYPE: &str = "generic";
/// The processor of every instance.
pub(super) const CPU_TYPE: &str = "x86_64";
/// The hours of the default maintenance window, in which every instance lies.
pub(super) const DEFAULT_WINDOW: (u32, u32) = (2, 6);

/// The most instances and the most memory (GB) of a project.
const QUOTA: (u64, u64) = (100, 8000);
/// The sizes (GB) in which each flavour comes.
const SIZES: [f64; 6] = [0.125, 1.0, 2.0, 4.0, 8.0, 16.0];
const MODES: [CacheMode; 5] =
    [CacheMode::Single, CacheMode::Ha, CacheMode::Cluster, CacheMode::Proxy, CacheMode::HaRwSplit];

/// The service and the resource type as this cloud's catalogue of products writes them.
pub(super) fn type_codes(platform: Platform) -> (&'static str, &'static str) {
    match platform {
        Platform::Otc => ("otc.service.type.dcs", "otc.resource.type.dcs3"),
        Platform::Huaweicloud => ("hws.service.type.dcs", "hws.resource.type.dcs3"),
    }
}

/// The specification of an instance, as `flavors` lists it.
pub(super) fn spec_code(mode: CacheMode, capacity: f64) -> String {
    format!("redis.{}.au1.large.r2.{capacity}", mode.word())
}

/// Six windows of four hours from 22 on, the second of which is the default; this address has no project in its path.
pub(super) fn maintain_windows() -> Response {
    let window = |seq: u32| {
        let (begin, end) = ((18 + 4 * seq) % 24, (22 + 4 * seq) % 24);
        let is_default = (begin, end) == DEFAULT_WINDOW;
        json!({"seq": seq, "begin": format!("{begin:02}"), "end": format!("{end:02}"), "default": is_default})
    };
    Response::json(200, json!({"maintain_windows": (1..=6).map(window).collect::<Vec<_>>()}))
}

/// The zones; v1.0 and v2 write the region's name differently.
pub(super) fn available_zones(region_key: &str) -> Response {
    let zone = |(position, code): (usize, &&str)| {
        json!({
            "id": hex_id(code, 0, jiff::Timestamp::UNIX_EPOCH),
            "code": code,
            "name": code,
            "port": (8003 + position).to_string(),
            "resource_availability": "true",
        })
    };
    let zones: Vec<Value> = ZONES.iter().enumerate().map(zone).collect();
    let region = ZONES.first().map_or("", |zone| zone.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-'));
    Response::json(200, json!({region_key: region, "available_zones": zones}))
}

/// How much of the project's quota is used.
pub(super) fn quota(world: &World, request: &Request) -> Response {
    let visible = |instance: &&Instance| instance.visible(&request.project_id, request.now);
    let used: Vec<&Instance> = world.instances.iter().filter(visible).collect();
    let memory: f64 = used.iter().map(|instance| instance.capacity).sum();
    let resource = |kind: &str, quota: u64, used: u64, unit: Value| json!({"type": kind, "quota": quota, "used": used, "min": 1, "max": quota, "unit": unit});
    let resources = [
        resource("instance", QUOTA.0, used.len() as u64, Value::Null),
        // Casting saturates, so that a nonsense number of a scenario stays a number.
        resource("ram", QUOTA.1, memory as u64, json!("GB")),
    ];
    let user = json!({"tenant_id": request.project_id, "tenant_name": "rehearsal"});
    Response::json(200, json!({"quotas": {"resources": resources, "resource_user": user}}))
}

/// The flavours that fit the filters.
pub(super) fn flavors(world: &World, request: &Request) -> Response {
    let given = |name: &str| request.query(name).filter(|value| !value.is_empty());
    let fits = |name: &str, value: &str| given(name).is_none_or(|wanted| wanted.eq_ignore_ascii_case(value));
    let mut flavors = Vec::new();
    for mode in MODES {
        for size in SIZES {
            let (spec, size_text) = (spec_code(mode, size), size.to_string());
            let version_fits =
                given("engine_version").is_none_or(|wanted| ENGINE_VERSIONS.split(';').any(|own| own == wanted));
            if fits("spec_code", &spec)
                && fits("cache_mode", mode.word())
                && fits("engine", "redis")
                && fits("cpu_type", CPU_TYPE)
                && fits("capacity", &size_text)
                && version_fits
            {
                flavors.push(flavor(world, mode, size, &spec));
            }
        }
    }
    Response::json(200, json!({"flavors": flavors}))
}

const ENGINE_VERSIONS: &str = "4.0;5.0;6.0;7.0";

fn flavor(world: &World, mode: CacheMode, size: f64, spec: &str) -> Value {
    let (service_type, resource_type) = type_codes(world.platform);
    let sized = Instance { cache_mode: mode, capacity: size, ..Instance::default() };
    let attribute = |name: &str, value: String| json!({"capacity": size.to_string(), "name": name, "value": value});
    json!({
        "spec_code": spec,
        "inquery_spec_code": spec,
        "cloud_service_type_code": service_type,
        "cloud_resource_type_code": resource_type,
        "cache_mode": mode.word(),
        "engine": "redis",
        "engine_version": ENGINE_VERSIONS,
        "product_type": PRODUCT_TYPE,
        "cpu_type": CPU_TYPE,
        "storage_type": "DRAM",
        "capacity": [size.to_string()],
        "billing_mode": ["Hourly"],
        "billing_factor": "instance",
        "tenant_ip_count": sized.shards() * sized.replicas(),
        "pricing_type": "normal",
        "is_dec": false,
        "replica_count": sized.replicas(),
        "attrs": [
            attribute("max_memory", size.to_string()),
            attribute("sharding_num", sized.shards().to_string()),
            attribute("proxy_num", "0".into()),
            attribute("db_number", "256".into()),
            attribute("max_connections", "10000".into()),
        ],
        "flavors_available_zones": [{
            "capacity": size.to_string(),
            "unit": "GB",
            "available_zones": ZONES,
            "az_codes": ZONES,
        }],
    })
}

/// The products of v1.0: one for each way in which an instance is built.
pub(super) fn products(world: &World) -> Response {
    let (service_type, resource_type) = type_codes(world.platform);
    let product = |mode: CacheMode| {
        let sized = Instance { cache_mode: mode, ..Instance::default() };
        let code = format!("dcs.{}", mode.word());
        json!({
            "product_id": format!("{code}-h"),
            "spec_code": code,
            "cache_mode": mode.word(),
            "product_type": PRODUCT_TYPE,
            "cpu_type": CPU_TYPE,
            "storage_type": "DRAM",
            "details": {"capacity": 2, "max_memory": 2, "sharding_num": sized.shards(), "proxy_num": 0, "db_number": 256,
                        "tenant_ip_count": sized.shards() * sized.replicas()},
            "engine": "redis",
            "engine_versions": ENGINE_VERSIONS,
            "spec_details": "[{\"mem\":\"0.125,1,2,4,8,16\"}]",
            "charging_type": "Hourly",
            "prod_type": "DEFAULT",
            "cloud_service_type_code": service_type,
            "cloud_resource_type_code": resource_type,
        })
    };
    Response::json(200, json!({"products": MODES.map(product)}))
}
