//! Checks evidence against `schema/evidence.v1.json`: the part of JSON Schema that this file uses, nothing more.

use serde_json::Value;

/// Fails where `text` is not as the schema says.
pub(crate) fn check(text: &str) {
    let schema: Value =
        serde_json::from_str(include_str!("../../schema/evidence.v1.json")).expect("the schema is JSON");
    let value: Value = serde_json::from_str(text).expect("evidence is JSON");
    let mut wrong = Vec::new();
    compare(&schema, &value, "$", &mut wrong);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn compare(schema: &Value, value: &Value, place: &str, wrong: &mut Vec<String>) {
    for (key, rule) in schema.as_object().expect("a schema is an object") {
        match key.as_str() {
            "const" if value != rule => wrong.push(format!("{place} is not {rule}")),
            "enum" if !rule.as_array().expect("a list").contains(value) => wrong.push(format!("{place}: {value}")),
            "type" if !is_of_type(rule, value) => wrong.push(format!("{place} is no {rule}: {value}")),
            "required" => {
                for name in rule.as_array().expect("a list").iter().filter_map(Value::as_str) {
                    if value.get(name).is_none() {
                        wrong.push(format!("{place}.{name} is missing"));
                    }
                }
            }
            "properties" => {
                for (name, inner) in value.as_object().into_iter().flatten() {
                    match rule.get(name) {
                        Some(rule) => compare(rule, inner, &format!("{place}.{name}"), wrong),
                        None => wrong.push(format!("{place}.{name} is not in the schema")),
                    }
                }
            }
            "items" => {
                for (index, inner) in value.as_array().into_iter().flatten().enumerate() {
                    compare(rule, inner, &format!("{place}[{index}]"), wrong);
                }
            }
            "additionalProperties" => assert_eq!(*rule, false, "only closed objects are known here"),
            "const" | "enum" | "type" | "$schema" | "$id" | "title" | "description" => {}
            other => panic!("this check does not know {other}"),
        }
    }
}

fn is_of_type(rule: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        other => panic!("this check does not know the type {other}"),
    };
    match rule {
        Value::String(name) => is(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(is),
        _ => panic!("a type is a name or names"),
    }
}
