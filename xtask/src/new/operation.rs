//! `cargo xtask new-operation CONTEXT/SLICE/NAME`.

use anyhow::Context as _;

use super::{Plan, checked, fill, lists, type_name};
use crate::workspace;

const OPERATION_GET: &str = include_str!("../../templates/operation/get.rs.template");
const OPERATION_READ: &str = include_str!("../../templates/operation/read.rs.template");
const OPERATION_WRITE: &str = include_str!("../../templates/operation/write.rs.template");
const SLICE: &str = include_str!("../../templates/operation/slice.rs.template");
const CONTEXT: &str = include_str!("../../templates/operation/context.rs.template");

/// How the functions that list operations begin.
const LIST_OF_SLICE: &str = "fn operations() -> Vec<Operation> {";

/// Names of operations that change nothing.
const READING: [&str; 4] = ["find", "get", "list", "search"];

/// Write a new operation: its file, and the lines that name it.
#[derive(clap::Args)]
#[command(
    after_help = "Example: cargo xtask new-operation crm/notes/create --permission WriteClients"
)]
pub struct Arguments {
    /// Where it belongs, and its verb: `crm/notes/create` is the operation `create_note`.
    #[arg(value_name = "CONTEXT/SLICE/NAME")]
    path: String,
    /// The permission it needs, by its name in Rust (see caller/permission.rs).
    #[arg(long)]
    permission: String,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let mut parts = arguments.path.split('/');
    let (Some(context), Some(slice), Some(verb), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        anyhow::bail!("name the context, the slice and the verb, such as crm/notes/create");
    };
    let (context, slice, verb) = (checked(context)?, checked(slice)?, checked(verb)?);
    let operation = operation_name(slice, verb);
    let reads = READING.iter().any(|word| verb == *word || verb.starts_with(&format!("{word}_")));
    let domain = workspace::root().join("crates/domain/src");
    let folder = domain.join(context).join(slice);
    let mut plan = Plan::default();
    let template = match verb {
        "get" => OPERATION_GET,
        _ if reads => OPERATION_READ,
        _ => OPERATION_WRITE,
    };
    let text = fill(
        template,
        &[
            ("operation", &operation),
            ("input", &type_name(&operation)),
            ("output", &output_name(&operation, verb)),
            ("title", &sentence(&operation)),
            ("slice", slice),
            ("subject", &singular(slice)),
            ("path", &route(slice, verb)),
            ("permission", &arguments.permission),
        ],
    )?;
    plan.create(folder.join(format!("{verb}.rs")), text)?;
    let item = format!("{verb}::operation()");
    if folder.join("mod.rs").exists() {
        plan.edit(folder.join("mod.rs"), |text| {
            let text = lists::add_module(text, &format!("mod {verb};"))?;
            lists::add_item(&text, LIST_OF_SLICE, &item)
        })?;
    } else {
        plan.create(folder.join("mod.rs"), fill(SLICE, &[("slice", slice), ("verb", verb)])?)?;
        name_slice(&mut plan, context, slice)?;
    }
    plan.carry_out()?;
    println!("next: write its SQL, then `cargo xtask sqlx` and `cargo nextest run -p domain`");
    Ok(())
}

fn name_slice(plan: &mut Plan, context: &str, slice: &str) -> anyhow::Result<()> {
    let domain = workspace::root().join("crates/domain/src");
    let path = domain.join(context).join("mod.rs");
    if path.exists() {
        return plan.edit(path, |text| {
            let text = lists::add_module(text, &format!("mod {slice};"))?;
            lists::add_item(&text, LIST_OF_SLICE, &format!("{slice}::operations()"))
        });
    }
    plan.create(path, fill(CONTEXT, &[("context", context), ("slice", slice)])?)?;
    plan.edit(domain.join("lib.rs"), |text| {
        let text = lists::add_module(text, &format!("pub mod {context};"))?;
        lists::add_item(&text, LIST_OF_SLICE, &format!("{context}::operations()"))
            .context("the list of contexts has another shape")
    })
}

/// `create` in `notes` is `create_note`; `list` stays plural; `move_stage` in `clients` is its own name.
fn operation_name(slice: &str, verb: &str) -> String {
    if verb.contains('_') {
        return verb.to_owned();
    }
    if verb == "list" || verb == "search" {
        return format!("{verb}_{slice}");
    }
    format!("{verb}_{}", singular(slice))
}

fn singular(slice: &str) -> String {
    if let Some(stem) = slice.strip_suffix("ies") {
        return format!("{stem}y");
    }
    slice.strip_suffix('s').unwrap_or(slice).to_owned()
}

fn output_name(operation: &str, verb: &str) -> String {
    let subject = operation.strip_prefix(verb).unwrap_or(operation).trim_start_matches('_');
    let subject = if subject.is_empty() { operation } else { subject };
    format!("{}View", type_name(subject))
}

fn sentence(operation: &str) -> String {
    let text = operation.replace('_', " ");
    let mut letters = text.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

fn route(slice: &str, verb: &str) -> String {
    match verb {
        "create" | "list" => format!("/v1/{slice}"),
        "get" => format!("/v1/{slice}/{{id}}"),
        other => format!("/v1/{slice}/{}", other.replace('_', "-")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_is_named_verb_resource() {
        assert_eq!(operation_name("notes", "create"), "create_note");
        assert_eq!(operation_name("notes", "list"), "list_notes");
        assert_eq!(operation_name("companies", "get"), "get_company");
        assert_eq!(operation_name("clients", "move_stage"), "move_stage");
        assert_eq!(output_name("create_note", "create"), "NoteView");
        assert_eq!(sentence("create_note"), "Create note");
    }
}
