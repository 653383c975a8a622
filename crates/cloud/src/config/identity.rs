//! Who is calling: the choice among all sources, and its completion.

use super::arguments::ConfigError;
use super::source;
use super::source::{Field, Found, Rank, Source};
use crate::credentials::{Choice, Identity, User};
use crate::platform::Platform;
use crate::secret::Secret;

/// What was chosen, and from where.
#[derive(Debug)]
pub(crate) struct Selection {
    pub(crate) choice: Choice,
    /// The family of variables that it was taken or completed from.
    pub(crate) family: Option<Rank>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Token,
    Keys,
    Password,
}

impl Kind {
    /// The order within one source.
    const ALL: [Kind; 3] = [Kind::Token, Kind::Keys, Kind::Password];

    /// Fields of which one is enough to name this kind.
    fn marks(self) -> &'static [Field] {
        match self {
            Kind::Token => &[Field::Token],
            Kind::Keys => &[Field::AccessKey, Field::SecretKey],
            Kind::Password => &[Field::Password, Field::Passcode, Field::UserName, Field::UserId],
        }
    }

    /// Fields that leave no doubt that this kind is meant: a user name alone may stand there for other reasons.
    fn clear_marks(self) -> &'static [Field] {
        match self {
            Kind::Password => &[Field::Password, Field::Passcode],
            _ => self.marks(),
        }
    }
}

/// Two credential kinds in the block itself are an error on the second one.
pub(crate) fn check_block(block: &Source) -> Result<(), ConfigError> {
    let written: Vec<&Found> =
        Kind::ALL.iter().filter_map(|kind| kind.clear_marks().iter().find_map(|field| block.get(*field))).collect();
    let [first, second, ..] = written.as_slice() else { return Ok(()) };
    let name = |found: &Found| found.place.trim_start_matches("argument ").to_owned();
    Err(ConfigError {
        argument: Some(name(second)),
        summary: "Two kinds of credentials".to_owned(),
        detail: format!(
            "Both {} and {} are given. Keep one kind: a token, or access_key and secret_key, \
             or user and password.",
            name(first),
            name(second)
        ),
    })
}

/// Chooses the identity: the highest source that names a kind, completed from lower ones.
pub(crate) fn choose(sources: &[Source], platform: Platform, unreadable: &[String]) -> Selection {
    let mut incomplete: Vec<String> = unreadable.to_vec();
    for (index, source) in sources.iter().enumerate() {
        for kind in Kind::ALL {
            if !kind.marks().iter().any(|field| source.has(*field)) {
                continue;
            }
            match complete(kind, index, sources) {
                Ok(selection) => return selection,
                Err(lack) => {
                    incomplete.push(format!("{} lacks {lack}", source.name));
                    // What is written down in so many words is meant; variables may be leftovers of other tools.
                    let meant = matches!(source.rank, Rank::Block | Rank::NamedFile);
                    if meant && kind.clear_marks().iter().any(|field| source.has(*field)) {
                        return nothing(missing(sources, platform, &incomplete));
                    }
                }
            }
        }
    }
    nothing(missing(sources, platform, &incomplete))
}

fn nothing(text: String) -> Selection {
    Selection { choice: Choice::Missing(text), family: None }
}

/// Completes a kind that `sources[index]` names from that source and those below, never from two families of variables.
fn complete(kind: Kind, index: usize, sources: &[Source]) -> Result<Selection, &'static str> {
    let Some(source) = sources.get(index) else { return Err("everything") };
    let families: Vec<Option<Rank>> = if source.rank.is_family() {
        vec![Some(source.rank)]
    } else {
        let mut families: Vec<Option<Rank>> =
            sources.iter().map(|source| source.rank).filter(|rank| rank.is_family()).map(Some).collect();
        families.push(None);
        families
    };
    let mut lack = "everything";
    for family in families {
        let usable: Vec<&Source> = sources
            .iter()
            .skip(index)
            .filter(|candidate| !candidate.rank.is_family() || Some(candidate.rank) == family)
            .collect();
        match build(kind, &usable) {
            Ok((identity, used)) => {
                let family = used.into_iter().find(|rank| rank.is_family());
                return Ok(Selection { choice: Choice::found(identity, &source.name), family });
            }
            Err(missing) => lack = missing,
        }
    }
    Err(lack)
}

fn build(kind: Kind, sources: &[&Source]) -> Result<(Identity, Vec<Rank>), &'static str> {
    let mut used = Vec::new();
    // The highest source that has one of several fields, and which.
    let mut first = |fields: &[Field]| {
        let source = sources.iter().find(|source| fields.iter().any(|field| source.has(*field)))?;
        used.push(source.rank);
        Some(*source)
    };
    let identity = match kind {
        Kind::Token => Identity::Token(secret(first(&[Field::Token]), Field::Token).ok_or("a token")?),
        Kind::Keys => {
            let key_source = first(&[Field::AccessKey]).ok_or("an access key")?;
            let secret_key = secret(first(&[Field::SecretKey]), Field::SecretKey).ok_or("a secret key")?;
            Identity::Keys {
                access_key: key_source.text(Field::AccessKey).ok_or("an access key")?,
                secret_key,
                // A security token belongs to the one key that it was issued with.
                security_token: secret(Some(key_source), Field::SecurityToken),
            }
        }
        Kind::Password => {
            let user_source = first(&[Field::UserId, Field::UserName]).ok_or("a user")?;
            let password = secret(first(&[Field::Password]), Field::Password).ok_or("a password")?;
            let passcode = secret(first(&[Field::Passcode]), Field::Passcode);
            let id = user_source.text(Field::UserId);
            let domain_source = first(&[Field::DomainId, Field::DomainName]);
            if id.is_none() && domain_source.is_none() {
                return Err("a domain (which a user's name needs, other than a user's id)");
            }
            let user = User {
                id,
                name: user_source.text(Field::UserName),
                domain_id: domain_source.and_then(|source| source.text(Field::DomainId)),
                domain_name: domain_source.and_then(|source| source.text(Field::DomainName)),
            };
            Identity::Password { user, password, passcode }
        }
    };
    Ok((identity, used))
}

fn secret(source: Option<&Source>, field: Field) -> Option<Secret> {
    source?.get(field).map(|found| Secret::new(found.value.reveal().trim()))
}

fn missing(sources: &[Source], platform: Platform, incomplete: &[String]) -> String {
    let variables = |field| source::variable_names(platform, field).join(", ");
    let files: Vec<&str> = sources
        .iter()
        .filter(|source| matches!(source.rank, Rank::NamedFile | Rank::EnvironmentFile))
        .map(|source| source.name.as_str())
        .collect();
    let mut text = format!(
        "No usable credentials were found. Looked at: the configuration (token; access_key and secret_key; user_name or \
         user_id, password and domain_name or domain_id); the environment ({}; {} and {}; {}, {} and {})",
        variables(Field::Token),
        variables(Field::AccessKey),
        variables(Field::SecretKey),
        variables(Field::UserName),
        variables(Field::Password),
        variables(Field::DomainName),
    );
    match files.as_slice() {
        [] => text.push_str(
            "; no configuration file, because neither cloud (OS_CLOUD) nor profile (HW_PROFILE) names an entry",
        ),
        files => text.push_str(&format!("; {}", files.join("; "))),
    }
    if !incomplete.is_empty() {
        text.push_str(&format!(". Not usable: {}", incomplete.join("; ")));
    }
    text.push('.');
    text
}
