//! Eventual consistency: records appear late. What is in an answer now and was not in the answer some seconds ago is
//! left out.

use serde_json::Value;

/// The answer `now` without the records that are missing `then`; statuses and progress stay those of now. Records are
/// told apart by the first of these keys that they have.
pub(crate) fn without_new(mut now: Value, then: &Value, keys: &[&str]) -> Value {
    let (Value::Object(fields), Some(earlier)) = (&mut now, then.as_object()) else { return now };
    let mut removed = false;
    for (name, value) in fields.iter_mut() {
        if let (Value::Array(items), Some(known)) = (value, earlier.get(name).and_then(Value::as_array)) {
            let before = items.len();
            let is_known = |id: &Value| known.iter().any(|other| identity(other, keys) == Some(id));
            items.retain(|item| identity(item, keys).is_none_or(&is_known));
            removed |= items.len() < before;
        }
    }
    if removed {
        // Totals stand beside the list.
        for (name, value) in fields.iter_mut().filter(|(_, value)| value.is_number()) {
            if let Some(count) = earlier.get(name).filter(|count| count.is_number()) {
                *value = count.clone();
            }
        }
    }
    now
}

fn identity<'record>(record: &'record Value, keys: &[&str]) -> Option<&'record Value> {
    keys.iter().find_map(|key| record.get(key))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn new_records_are_left_out_and_old_ones_stay_fresh() {
        let now = json!({"total_num": 2, "list": [{"id": "b", "status": "new"}, {"id": "a", "status": "done"}]});
        let then = json!({"total_num": 1, "list": [{"id": "a", "status": "running"}]});
        let expected = json!({"total_num": 1, "list": [{"id": "a", "status": "done"}]});
        assert_eq!(without_new(now, &then, &["id"]), expected);
    }

    #[test]
    fn two_restores_of_one_backup_are_two_records() {
        let now = json!({"list": [{"restore_id": "2", "backup_id": "b"}, {"restore_id": "1", "backup_id": "b"}]});
        let then = json!({"list": [{"restore_id": "1", "backup_id": "b"}]});
        assert_eq!(without_new(now, &then, &["restore_id", "backup_id"]), then);
    }

    #[test]
    fn answers_without_lists_stay_as_they_are() {
        let now = json!({"status": "RUNNING", "az_codes": ["a"]});
        assert_eq!(without_new(now.clone(), &json!({"status": "x", "az_codes": []}), &["id"]), now);
    }
}
