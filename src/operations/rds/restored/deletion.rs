//! Deleting the instance with the resource.

use async_trait::async_trait;
use cloud::rds::{self, SERVICE};
use cloud::{Error, Scope, dbs};
use engine::{Bounds, End};
use tf::Diagnostics;

use super::Rds;
use crate::operations::databases::lane;
use crate::operations::deletion::{self, Removal};
use crate::runtime::Runtime;

struct Deletion<'a> {
    scope: &'a Scope,
    instance: &'a str,
}

#[async_trait]
impl Removal for Deletion<'_> {
    fn what(&self) -> String {
        format!("RDS instance {}", self.instance)
    }

    async fn ask(&self) -> Result<(), Error> {
        rds::delete_instance(self.scope, self.instance).await
    }

    async fn is_there(&self) -> Result<bool, Error> {
        dbs::instance(self.scope, SERVICE, self.instance).await.map(|_| true)
    }
}

/// Deletes the instance, after whatever else of this run works on it.
pub(super) async fn run(runtime: &Runtime, scope: &Scope, instance: &str, bounds: &Bounds) -> Diagnostics {
    let deletion = Deletion { scope, instance };
    let _turn = match runtime.engine.turn_on(&lane::<Rds>(scope, instance), bounds).await {
        Ok(turn) => turn,
        Err(End::Stopped) => return deletion::gave_up(&deletion, "Terraform asked to stop", bounds).into(),
        Err(End::TimedOut) => {
            return deletion::gave_up(&deletion, "other work on the instance did not end", bounds).into();
        }
    };
    deletion::run(&deletion, bounds).await
}
