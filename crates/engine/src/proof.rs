//! What counts as proof after a request whose outcome is not known. A pure function of what was seen; the rules and the
//! documents behind them: facts/README.md, "Proof, for all services".

use std::time::Duration;

use super::work::Readiness;

/// All that one look for an attempt saw.
#[derive(Clone, Debug)]
pub(crate) struct Sight {
    /// New records that match the request in everything that a record tells.
    pub(crate) ours: Vec<String>,
    /// New records that are about the same, without matching in all.
    pub(crate) similar: Vec<String>,
    /// The service said that it took the request.
    pub(crate) accepted: bool,
    /// Something was seen, now or by an earlier run, that this request may have caused: what.
    pub(crate) sign: Option<String>,
    /// The target now; the text of a failed read in the error.
    pub(crate) target: Result<Readiness, String>,
    /// Since the request.
    pub(crate) waited: Duration,
}

/// How long silence must last before it means anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rules {
    /// Doing it twice destroys data, or costs a second time.
    pub(crate) overwrites: bool,
    /// Without a record and without a sign.
    pub(crate) silence: Duration,
    /// No record can appear, so that its absence tells nothing.
    pub(crate) mute: bool,
    /// Without a record after an acceptance, or with a sign that this very request may have caused.
    pub(crate) with_sign: Duration,
}

/// What a look comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Its record.
    Found(String),
    /// Proof enough that nothing was started.
    Nothing,
    /// Several records match, and nothing tells which is its own.
    Several(Vec<String>),
    /// A new record is about the same: it may be its own.
    Similar(Vec<String>),
    /// No record has appeared, and it may have been started all the same: why.
    Sign(String),
    /// No record can appear: nobody can tell from outside.
    NoList,
    /// No record has appeared, and the target needs somebody's help: why.
    Broken(String),
    /// Nothing yet: what stands in the way.
    NotYet(String),
}

/// Judges one look.
pub(crate) fn judge(sight: &Sight, rules: Rules) -> Verdict {
    match sight.ours.as_slice() {
        [record] => return Verdict::Found(record.clone()),
        [] => {}
        several => return Verdict::Several(several.to_vec()),
    }
    let no_record = "no record of it has appeared";
    let has_sign = sight.accepted || sight.sign.is_some() || !sight.similar.is_empty();
    let patience = if has_sign { rules.with_sign.max(rules.silence) } else { rules.silence };
    // A target that is busy for longer than that is waited for: only an idle one tells anything.
    if let (Ok(Readiness::Busy(state) | Readiness::Occupied(state)), false) = (&sight.target, sight.accepted) {
        return Verdict::NotYet(format!("{no_record}, yet the target is not idle ({state})"));
    }
    if sight.waited < patience {
        return Verdict::NotYet(format!("{no_record} yet"));
    }
    if !sight.similar.is_empty() {
        return Verdict::Similar(sight.similar.clone());
    }
    if sight.accepted {
        return Verdict::Sign("the service said that it took the request".to_owned());
    }
    if let (Some(sign), true) = (&sight.sign, rules.overwrites) {
        return Verdict::Sign(sign.clone());
    }
    match &sight.target {
        Ok(Readiness::Broken(state)) => Verdict::Broken(state.clone()),
        Err(error) => Verdict::NotYet(format!("{no_record}, and the target cannot be read ({error})")),
        Ok(Readiness::Unclear(what)) => Verdict::NotYet(format!("{no_record}, and the target does not tell ({what})")),
        Ok(Readiness::Ready | Readiness::Busy(_) | Readiness::Occupied(_)) if rules.mute => Verdict::NoList,
        Ok(Readiness::Ready | Readiness::Busy(_) | Readiness::Occupied(_)) => Verdict::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SILENCE: Duration = Duration::from_secs(600);
    const SHORT: Duration = Duration::from_secs(40);

    fn sight(waited: u64) -> Sight {
        Sight {
            ours: Vec::new(),
            similar: Vec::new(),
            accepted: false,
            sign: None,
            target: Ok(Readiness::Ready),
            waited: Duration::from_secs(waited),
        }
    }

    fn restore(sight: Sight) -> Verdict {
        judge(&sight, Rules { overwrites: true, silence: SILENCE, mute: false, with_sign: SILENCE })
    }

    fn backup(sight: Sight) -> Verdict {
        judge(&sight, Rules { overwrites: false, silence: SHORT, mute: false, with_sign: SILENCE })
    }

    fn busy() -> Result<Readiness, String> {
        Ok(Readiness::Busy("RESTORING".into()))
    }

    #[test]
    fn a_record_decides_whatever_else_is_seen() {
        for judged in [restore, backup] {
            let found = Sight { ours: vec!["r".into()], target: busy(), ..sight(0) };
            assert_eq!(judged(found), Verdict::Found("r".into()));
            let several = Sight { ours: vec!["r".into(), "s".into()], ..sight(0) };
            assert_eq!(judged(several), Verdict::Several(vec!["r".into(), "s".into()]));
        }
    }

    #[test]
    fn silence_proves_nothing_before_its_time() {
        for (waited, proves) in [(39, false), (41, false), (599, false), (600, true)] {
            assert_eq!(restore(sight(waited)) == Verdict::Nothing, proves, "{waited}");
        }
        for (waited, proves) in [(39, false), (41, true)] {
            assert_eq!(backup(sight(waited)) == Verdict::Nothing, proves, "{waited}");
        }
    }

    #[test]
    fn where_no_record_can_appear_silence_never_proves_anything() {
        let rules = Rules { overwrites: true, silence: SILENCE, mute: true, with_sign: SILENCE };
        assert!(matches!(judge(&sight(599), rules), Verdict::NotYet(_)));
        assert_eq!(judge(&sight(100_000), rules), Verdict::NoList);
        let signed = Sight { sign: Some("RESTORE".into()), ..sight(100_000) };
        assert_eq!(judge(&signed, rules), Verdict::Sign("RESTORE".into()));
    }

    #[test]
    fn what_a_request_may_have_caused_forbids_a_second_one() {
        let signed = |waited| Sight { sign: Some("task BACKUPING".into()), ..sight(waited) };
        assert!(matches!(restore(signed(100)), Verdict::NotYet(_)));
        assert_eq!(restore(signed(100_000)), Verdict::Sign("task BACKUPING".into()));
        // A backup may be made twice, but not before its record had its time.
        assert!(matches!(backup(signed(100)), Verdict::NotYet(_)));
        assert_eq!(backup(signed(600)), Verdict::Nothing);
    }

    #[test]
    fn an_acceptance_is_never_taken_back_by_silence() {
        for judged in [restore, backup] {
            let accepted = |waited| Sight { accepted: true, target: busy(), ..sight(waited) };
            assert!(matches!(judged(accepted(100)), Verdict::NotYet(_)));
            assert!(matches!(judged(accepted(100_000)), Verdict::Sign(_)));
        }
    }

    #[test]
    fn a_record_about_the_same_may_be_ours() {
        for judged in [restore, backup] {
            let similar = |waited| Sight { similar: vec!["r".into()], ..sight(waited) };
            assert!(matches!(judged(similar(100)), Verdict::NotYet(_)));
            assert_eq!(judged(similar(600)), Verdict::Similar(vec!["r".into()]));
        }
    }

    #[test]
    fn a_target_that_is_not_idle_or_not_readable_proves_nothing() {
        for judged in [restore, backup] {
            assert!(matches!(judged(Sight { target: busy(), ..sight(100_000) }), Verdict::NotYet(_)));
            let occupied = Ok(Readiness::Occupied("backup b is being made".into()));
            assert!(matches!(judged(Sight { target: occupied, ..sight(100_000) }), Verdict::NotYet(_)));
            assert!(matches!(judged(Sight { target: Err("403".into()), ..sight(100_000) }), Verdict::NotYet(_)));
            let broken = Sight { target: Ok(Readiness::Broken("ERROR".into())), ..sight(100_000) };
            assert_eq!(judged(broken), Verdict::Broken("ERROR".into()));
        }
    }
}
