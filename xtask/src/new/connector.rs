//! `cargo xtask new-connector NAME`.

use super::{Plan, checked, fill, lists, type_name};
use crate::workspace;

const FILES: [(&str, &str); 5] = [
    ("mod.rs", include_str!("../../templates/connector/mod.rs.template")),
    ("client.rs", include_str!("../../templates/connector/client.rs.template")),
    ("functions.rs", include_str!("../../templates/connector/functions.rs.template")),
    ("simulator.rs", include_str!("../../templates/connector/simulator.rs.template")),
    ("tests.rs", include_str!("../../templates/connector/tests.rs.template")),
];

/// Write a new connector: its folder, and the lines that name it.
#[derive(clap::Args)]
#[command(after_help = "Example: cargo xtask new-connector invoice_system")]
pub struct Arguments {
    /// Lower-case words joined by underscores; the first half of its functions' names in flows.
    name: String,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let name = checked(&arguments.name)?;
    let source = workspace::root().join("crates/connectors/src");
    let values = [("name", name), ("title", &type_name(name))];
    let mut plan = Plan::default();
    for (file, template) in FILES {
        plan.create(source.join(name).join(file), fill(template, &values)?)?;
    }
    plan.edit(source.join("lib.rs"), |text| {
        let text = lists::add_module(text, &format!("pub mod {name};"))?;
        lists::add_item(&text, "-> Vec<Connector> {", &format!("{name}::connector()"))
    })?;
    plan.carry_out()?;
    println!(
        "next: speak the real system's wire format in client.rs and simulator.rs, decide each \
         function's effect, and add the simulator to crates/sandbox"
    );
    Ok(())
}
