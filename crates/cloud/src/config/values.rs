//! Single settings: durations, numbers, flags, certificates; and the words for one that cannot be used.

use std::time::Duration;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::arguments::ConfigError;
use super::environment::{self, Environment};
use super::files;
use super::source::{Field, Found, Source};
use crate::http::Settings;

/// Default of `max_retries`.
const MAX_RETRIES: u32 = 5;

/// Default of `request_timeout`.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Lifetimes that IAM gives temporary keys, in seconds.
const LIFETIME: std::ops::RangeInclusive<u64> = 900..=86_400;

pub(super) fn connection(sources: &[Source], environment: &Environment) -> Result<Settings, ConfigError> {
    let ca_pem = first(sources, Field::CaCertFile).map(|found| certificates(found, environment)).transpose()?;
    let insecure = flag(sources, Field::Insecure)?.unwrap_or(false);
    Ok(Settings { ca_pem, insecure, timeout: request_timeout(sources)? })
}

/// A PEM file, or PEM text itself, which other tools take in the same place.
pub(super) fn certificates(found: &Found, environment: &Environment) -> Result<Vec<u8>, ConfigError> {
    let value = found.value.reveal();
    let pem = if value.contains("-----BEGIN") {
        value.as_bytes().to_vec()
    } else {
        std::fs::read(files::expand(value.trim(), environment))
            .map_err(|error| blame(found, "The CA file cannot be read", &format!("is {value:?}: {error}")))?
    };
    if are_certificates(&pem) {
        return Ok(pem);
    }
    Err(blame(found, "The CA file holds no certificates", "must name a file with certificates in PEM form"))
}

/// True for at least one certificate, all of them readable: otherwise the first call would be the one to complain.
pub(super) fn are_certificates(pem: &[u8]) -> bool {
    let mut store = rustls::RootCertStore::empty();
    let readable = CertificateDer::pem_slice_iter(pem)
        .all(|certificate| certificate.is_ok_and(|certificate| store.add(certificate).is_ok()));
    readable && !store.is_empty()
}

pub(super) fn request_timeout(sources: &[Source]) -> Result<Duration, ConfigError> {
    let Some(found) = first(sources, Field::RequestTimeout) else { return Ok(REQUEST_TIMEOUT) };
    let text = found.value.reveal();
    duration(text)
        .filter(|duration| (Duration::from_secs(1)..=Duration::from_secs(3600)).contains(duration))
        .ok_or_else(|| {
            blame(
                found,
                "Bad request timeout",
                &format!("is {text:?}; it must be a duration from 1s to 1h, such as \"30s\""),
            )
        })
}

pub(super) fn max_retries(sources: &[Source]) -> Result<u32, ConfigError> {
    let Some(found) = first(sources, Field::MaxRetries) else { return Ok(MAX_RETRIES) };
    let text = found.value.reveal();
    text.trim().parse().ok().filter(|retries| *retries <= 100).ok_or_else(|| {
        blame(found, "Bad number of retries", &format!("is {text:?}; it must be a whole number from 0 to 100"))
    })
}

pub(super) fn flag(sources: &[Source], field: Field) -> Result<Option<bool>, ConfigError> {
    let Some(found) = first(sources, field) else { return Ok(None) };
    let text = found.value.reveal();
    let neither = || blame(found, "Neither true nor false", &format!("is {text:?}; it must be true or false"));
    environment::flag(text).map(Some).ok_or_else(neither)
}

pub(super) fn lifetime(found: &Found) -> Result<u64, ConfigError> {
    let text = found.value.reveal();
    let seconds = text.trim().parse().ok().or_else(|| duration(text).map(|duration| duration.as_secs()));
    seconds.filter(|seconds| LIFETIME.contains(seconds)).ok_or_else(|| {
        blame(
            found,
            "Bad lifetime of an agency's keys",
            &format!("is {text:?}; it must be from 15m to 24h, such as \"1h\""),
        )
    })
}

/// Durations as Go writes them: `30s`, `1m30s`, `1.5h`, `500ms`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total = 0.0;
    if rest.is_empty() || rest.len() > 32 {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (number, tail) = rest.split_at(end);
        let unit_end = tail.find(|character: char| character.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let seconds = match unit {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        total += number.parse::<f64>().ok()? * seconds;
        rest = tail;
    }
    Duration::try_from_secs_f64(total).ok()
}

pub(super) fn first(sources: &[Source], field: Field) -> Option<&Found> {
    sources.iter().find_map(|source| source.get(field))
}

/// An error on the argument, or about the variable, that a value was found in.
pub(super) fn blame(found: &Found, summary: &str, detail: &str) -> ConfigError {
    let argument = found.place.strip_prefix("argument ");
    let subject = argument.map_or_else(|| format!("The {}", found.place), str::to_owned);
    ConfigError {
        argument: argument.map(str::to_owned),
        summary: summary.to_owned(),
        detail: format!("{subject} {detail}."),
    }
}
