//! Stands in for DDM until it is there.
use crate::service::{Operation, Request, Response};
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct World {}
pub fn handle(_world: &mut World, _request: &Request) -> Response {
    Response::empty(404)
}
pub fn operations(_world: &World, _now: jiff::Timestamp) -> Vec<Operation> {
    Vec::new()
}
