//! JSON Schemas of inputs and outputs, from their Rust types.

use schemars::{JsonSchema, Schema, generate::SchemaSettings, transform::transform_subschemas};
use serde_json::{Map, Value};

/// What an operation accepts. A null field counts as absent.
pub(super) fn of_input<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12()
        .for_deserialize()
        .with(|s| s.meta_schema = None)
        .with_transform(without_null_defaults);
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

/// What an operation answers. An optional field is absent, never null, and the schema says so.
pub(super) fn of_output<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12()
        .for_serialize()
        .with(|s| s.meta_schema = None)
        .with_transform(optional_means_absent);
    settings.into_generator().into_root_schema_for::<T>().to_value()
}

fn without_null_defaults(schema: &mut Schema) {
    transform_subschemas(&mut without_null_defaults, schema);
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
}

fn optional_means_absent(schema: &mut Schema) {
    transform_subschemas(&mut optional_means_absent, schema);
    let Some(object) = schema.as_object_mut() else { return };
    let required: Vec<Value> =
        object.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let Some(properties) = object.get_mut("properties").and_then(Value::as_object_mut) else {
        return;
    };
    for (name, property) in properties.iter_mut() {
        if required.iter().any(|required| required == name) {
            continue;
        }
        if let Some(property) = property.as_object_mut() {
            without_null(property);
        }
    }
}

/// The schema of a field that may be left out, without the null that stands for leaving it out.
pub(crate) fn without_null(property: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = property.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            property.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = property.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            property.remove("anyOf");
            // What the field says about itself wins over what its type says.
            for (key, value) in only {
                property.entry(key).or_insert(value);
            }
        }
    }
    if property.get("default").is_some_and(Value::is_null) {
        property.remove("default");
    }
}
