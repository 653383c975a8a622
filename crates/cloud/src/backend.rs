//! The back end of a handle: where to call and as whom, with everything that is looked up once and remembered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use crate::access::{Access, no_project};
use crate::address::{Origin, Region, identifier_problem, shown};
use crate::error::Error;
use crate::hosts::{Host, host, region_of};
use crate::iam::service::SERVICE as IAM;
use crate::kind::Kind;
use crate::place::{Address, Place, Projects};
use crate::platform::Platform;
use crate::service::Service;

/// Where to call and as whom.
pub(crate) struct Backend {
    pub(crate) access: Access,
    place: Place,
    projects: Remembered<String>,
    addresses: Remembered<Address>,
}

/// Lookups that are done once, by what was looked up.
type Remembered<T> = Mutex<HashMap<(String, String), Arc<OnceCell<T>>>>;

impl Backend {
    pub(crate) fn new(place: Place, access: Access) -> Backend {
        Backend { access, place, projects: Mutex::default(), addresses: Mutex::default() }
    }

    /// The region and the project's id of a call that asks for these, or for nothing in particular.
    ///
    /// # Errors
    /// See [`crate::Cloud::scope`].
    pub(crate) async fn scope(&self, region: Option<&str>, project: Option<&str>) -> Result<(Region, String), Error> {
        if let Some(problem) = project.and_then(identifier_problem) {
            return Err(Error::config(format!("project_id is no id: {problem}")).blame("project_id"));
        }
        let region = region.map(wanted_region).transpose()?;
        self.check_region(region.as_ref())?;
        let region = self.region(region).await?;
        let project_id = self.project_id(&region, project).await;
        let project_id = project_id.map_err(|error| self.explain(error, &region, None))?;
        Ok((region, project_id))
    }

    fn rehearsed(&self) -> bool {
        matches!(self.place.projects, Projects::Rehearsed { .. })
    }

    /// An override leads to one region's service, so a resource cannot be in another one.
    fn check_region(&self, wanted: Option<&Region>) -> Result<(), Error> {
        match (wanted, &self.place.region) {
            (Some(wanted), Some(own)) if wanted != own && !self.place.endpoints.is_empty() && !self.rehearsed() => {
                let keys: Vec<&str> = self.place.endpoints.keys().map(|service| service.key()).collect();
                Err(Error::config(format!(
                    "the region \"{wanted}\" differs from the provider's (\"{own}\"), but the provider overrides the \
                     endpoints of {}, which lead to one region only; use a second provider configuration for the other \
                     region",
                    keys.join(", ")
                ))
                .blame("region"))
            }
            _ => Ok(()),
        }
    }

    async fn region(&self, wanted: Option<Region>) -> Result<Region, Error> {
        if let Some(region) = wanted.or_else(|| self.place.region.clone()) {
            return Ok(region);
        }
        // A token of a project tells its region on both clouds.
        if let (Some(iam), true) = (&self.place.auth_url, self.access.is_ready_token())
            && let Some((_, Some(name))) = self.access.own_project(iam).await?
            && Platform::of_region(&name).is_some()
        {
            return region_of_token(&name);
        }
        let variables = match self.place.platform {
            Platform::Otc => "OS_REGION_NAME, OS_REGION and HW_REGION_NAME",
            Platform::Huawei => "HW_REGION_NAME, OS_REGION_NAME and OS_REGION",
        };
        Err(Error::config(format!(
            "No region is known. Looked at: region of the resource and of the provider, the environment variables \
             {variables}, the project's name (its part before the first `_`), the host of auth_url, and the entry of a \
             configuration file, if one is named."
        ))
        .blame("region"))
    }

    async fn project_id(&self, region: &Region, wanted: Option<&str>) -> Result<String, Error> {
        match &self.place.projects {
            Projects::Rehearsed { id } => self.rehearsed_project(region, wanted, id.as_ref()).await,
            Projects::Named { id, name } => match wanted {
                Some(wanted) => Ok(wanted.to_owned()),
                None => self.named_or_own_project(region, id.as_ref(), name.as_deref()).await,
            },
        }
    }

    async fn rehearsed_project(
        &self,
        region: &Region,
        wanted: Option<&str>,
        own: Option<&String>,
    ) -> Result<String, Error> {
        let iam = self.iam(region)?;
        let found = match wanted {
            Some(wanted) => self.access.check_project(&iam, wanted).await.map(|()| wanted.to_owned()),
            None => self.named_project(&iam, region.as_str()).await,
        };
        match (found, own) {
            (Err(error), Some(own)) if !error.is_transient() => Ok(own.clone()),
            (found, _) => found,
        }
    }

    async fn named_or_own_project(
        &self,
        region: &Region,
        id: Option<&String>,
        name: Option<&str>,
    ) -> Result<String, Error> {
        let own = self.place.region.as_ref().is_none_or(|own| own == region);
        if let (Some(id), true) = (id, own) {
            return Ok(id.clone());
        }
        let iam = self.iam(region)?;
        if let (Some(name), true) = (name, own) {
            return self.named_project(&iam, name).await;
        }
        match self.named_project(&iam, region.as_str()).await {
            // A ready token is good for its own project, whatever that is named.
            Err(error) if own && self.access.is_ready_token() && error.kind() != Kind::Unauthorized => {
                match self.access.own_project(&iam).await {
                    Ok(Some((id, _))) => Ok(id),
                    _ => Err(error),
                }
            }
            result => result,
        }
    }

    /// Looks up a project's id by its name, once.
    async fn named_project(&self, iam: &Origin, name: &str) -> Result<String, Error> {
        let cell = remembered(&self.projects, iam.as_str(), name);
        let id = cell.get_or_try_init(|| async {
            let found = self.access.project_id(iam, name).await.inspect(|id| {
                tracing::info!(project = name, id, "found the project");
            });
            found.map_err(|error| if error.is_not_found() { no_project(name) } else { error })
        });
        id.await.cloned()
    }

    /// Origin of IAM for a region.
    pub(crate) fn iam(&self, region: &Region) -> Result<Origin, Error> {
        Ok(self.place.iam(region)?.base)
    }

    /// An error of a call, or of the token that it needed, in the light of how the addresses were found.
    pub(crate) fn explain(&self, error: Error, region: &Region, address: Option<&Address>) -> Error {
        let error = match (error.service() == Some(IAM), self.place.iam(region), address) {
            (true, Ok(iam), _) => iam.explain(error),
            (_, _, Some(address)) => address.explain(error),
            _ => error,
        };
        // A service knows nothing of addresses of IAM; its 401 may be about a token of another region, though.
        let refused = match error.service() {
            Some(service) if service != IAM => error.kind() == Kind::Unauthorized,
            _ => matches!(error.kind(), Kind::Unauthorized | Kind::Forbidden | Kind::NotFound | Kind::Config),
        };
        let refused = refused && self.access.has_credentials();
        let of = self.place.auth_url.as_ref().filter(|_| !self.place.address_follows_region).and_then(region_of);
        match of.filter(|of| of != region && refused) {
            Some(of) => error.change(|facts| {
                facts.message.push_str(&format!(
                    " (auth_url is IAM of the region \"{of}\", and this is about the region \"{region}\"; if its IAM does \
                     not serve that region, use a provider configuration of its own for it, or leave auth_url out)"
                ));
            }),
            None => error,
        }
    }

    /// Origin of a service: override, documented host, catalogue, pattern.
    pub(crate) async fn address(
        &self,
        service: Service,
        region: &Region,
        project_id: &str,
        iam: &Origin,
    ) -> Result<Address, Error> {
        if let Some(base) = self.place.endpoints.get(&service) {
            return Ok(Address::of(
                base,
                &format!("The host comes from endpoints.{} or {}", service.key(), service.endpoint_variable()),
            ));
        }
        let pattern = match host(self.place.platform, self.place.domain.as_deref(), region, service)? {
            Host::Documented(base) => return Ok(Address::of(&base, "The host is the documented one")),
            Host::Pattern(base) => base,
        };
        let cell = remembered(&self.addresses, service.key(), region.as_str());
        let address = cell.get_or_try_init(|| async {
            let found = self.access.catalogue(iam, project_id).await;
            self.place.unlisted(found, service, region, pattern, iam)
        });
        address.await.cloned()
    }
}

fn wanted_region(text: &str) -> Result<Region, Error> {
    Region::parse(text).map_err(|reason| Error::config(format!("region is {}; {reason}", shown(text))).blame("region"))
}

/// The region in the name of the project that a token is good for.
fn region_of_token(project: &str) -> Result<Region, Error> {
    let told = project.split('_').next().unwrap_or_default();
    Region::parse(told).map_err(|reason| {
        Error::config(format!(
            "No region is set, and the token's project is named {}, of which {} stands for the region; {reason}. Set region",
            shown(project),
            shown(told)
        ))
    })
}

fn remembered<T>(all: &Remembered<T>, what: &str, of: &str) -> Arc<OnceCell<T>> {
    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
    Arc::clone(all.entry((what.to_owned(), of.to_owned())).or_default())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{cbr, dcs, ddm};

    fn origin(url: &str) -> Origin {
        Origin::parse(url).unwrap()
    }

    fn region(name: &str) -> Region {
        Region::parse(name).unwrap()
    }

    fn place(platform: Platform, auth_url: Option<&str>, domain: Option<&str>) -> Place {
        Place {
            platform,
            auth_url: auth_url.map(origin),
            address_follows_region: false,
            domain: domain.map(str::to_owned),
            endpoints: BTreeMap::new(),
            region: None,
            projects: Projects::Named { id: None, name: None },
        }
    }

    fn backend(place: Place) -> Backend {
        let settings = crate::http::Settings { timeout: std::time::Duration::from_secs(1), ..Default::default() };
        let sender = Arc::new(crate::send::Sender::new(settings, 0));
        let token = crate::credentials::Identity::Token(crate::secret::Secret::new("t"));
        let identity = crate::credentials::Choice::found(token, "test");
        let access = Access::new(place.platform, identity, None, sender);
        Backend::new(place, access)
    }

    /// What needs no catalogue: overrides and documents; they are of the platform, whoever asks.
    #[tokio::test]
    async fn overrides_and_documents_vouch_for_hosts() {
        let mut own = place(Platform::Otc, None, None);
        own.endpoints.insert(cbr::SERVICE, origin("https://cbr.example"));
        let backend = backend(own);
        let iam = origin("https://iam.eu-de.otc.t-systems.com");
        for (service, want, vouched) in [
            (cbr::SERVICE, "https://cbr.example", "endpoints.cbr"),
            (dcs::SERVICE, "https://dcs.eu-de.otc.t-systems.com", "documented"),
            (ddm::SERVICE, "https://ddm.eu-de.otc.t-systems.com", "documented"),
        ] {
            let address = backend.address(service, &region("eu-de"), "p", &iam).await.unwrap();
            assert_eq!(address.base.as_str(), want);
            assert!(address.vouched.contains(vouched), "{}", address.vouched);
        }
    }

    #[test]
    fn an_address_of_iam_that_is_written_is_used_for_every_region() {
        let written = "https://iam.eu-de.otc.t-systems.com";
        let other = "https://iam.eu-nl.otc.t-systems.com";
        for (auth_url, follows, endpoint, of, want) in [
            (Some(written), false, None, "eu-de", written),
            (Some(written), false, None, "eu-nl", written),
            (Some(written), false, Some("https://iam.example"), "eu-nl", written),
            (Some(written), true, None, "eu-de", written),
            (Some(written), true, None, "eu-nl", other),
            (Some(written), true, Some("https://iam.example"), "eu-nl", "https://iam.example"),
            (Some("https://iam.example"), true, None, "eu-nl", "https://iam.example"),
            (None, false, None, "eu-nl", other),
        ] {
            let mut place = place(Platform::Otc, auth_url, None);
            place.address_follows_region = follows;
            place.endpoints.extend(endpoint.map(|url| (IAM, origin(url))));
            let backend = backend(place);
            let row = format!("{auth_url:?} {follows} {endpoint:?} {of}");
            assert_eq!(backend.iam(&region(of)).unwrap().as_str(), want, "{row}");
            // Where that cannot work, the error says so.
            let error = Error::before_sending(Kind::Unauthorized, "no").of_call(IAM, "POST /v3/auth/tokens".to_owned());
            let explained = backend.explain(error, &region(of), None);
            let told = explained.message().contains("auth_url is IAM of the region \"eu-de\"");
            assert_eq!(told, auth_url == Some(written) && !follows && of == "eu-nl", "{row}: {explained}");
        }
    }
}
