//! A table with tenants' rows is fenced where it is created.

use std::path::Path;

use super::{Finding, Tree};

pub fn check(tree: &Tree) -> Vec<Finding> {
    let migrations: Vec<_> = tree
        .iter()
        .filter(|(path, _)| path.parent() == Some(Path::new("migrations")))
        .filter(|(path, _)| path.extension().is_some_and(|kind| kind == "sql"))
        .collect();
    let mut findings: Vec<Finding> = migrations
        .iter()
        .flat_map(|(path, text)| {
            tables_of_tenants(text)
                .filter(|table| !is_fenced(text, table) && !is_global(text, table))
                .map(|table| {
                    format!(
                        "{}: `{table}` holds tenants' rows; call tenancy.fence('{table}')",
                        path.display()
                    )
                })
                .collect::<Vec<_>>()
        })
        .collect();
    findings.extend(same_numbers(&migrations));
    findings
}

/// The names of the tables created here that have a column `tenant_id`.
fn tables_of_tenants(text: &str) -> impl Iterator<Item = &str> {
    text.split("create table ").skip(1).filter_map(|rest| {
        let rest = rest.strip_prefix("if not exists ").unwrap_or(rest);
        let (name, body) = rest.split_once('(')?;
        let body = body.split("\n)").next().unwrap_or(body);
        let has_tenant =
            body.lines().any(|line| line.split_whitespace().next() == Some("tenant_id"));
        has_tenant.then_some(name.trim())
    })
}

fn is_fenced(text: &str, table: &str) -> bool {
    ["fence", "fence_queue"]
        .iter()
        .any(|procedure| text.contains(&format!("tenancy.{procedure}('{table}')")))
}

/// The few tables outside the fence say so in a comment that the schema's tests read too.
fn is_global(text: &str, table: &str) -> bool {
    text.contains(&format!("comment on table {table} is 'global:"))
}

fn same_numbers(migrations: &[(&std::path::PathBuf, &String)]) -> Vec<Finding> {
    let number = |path: &Path| {
        let name = path.file_name()?.to_str()?;
        name.split_once('_').map(|(number, _)| number.to_owned())
    };
    migrations
        .windows(2)
        .filter_map(|pair| match pair {
            [(left, _), (right, _)] if number(left).is_some() && number(left) == number(right) => {
                Some(format!("{} and {} have the same number", left.display(), right.display()))
            }
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::tree, *};

    #[test]
    fn a_table_of_tenants_without_a_fence_is_found() {
        let fenced = "create table crm.lead (\n    tenant_id uuid not null,\n    x text\n);\ncall tenancy.fence('crm.lead');";
        let open = "create table crm.note (\n    tenant_id uuid not null\n);\ncall tenancy.fence('crm.lead');";
        let global = "create table a.b (\n    tenant_id uuid\n);\ncomment on table a.b is 'global: the registry';";
        let none = "create table a.c (\n    id uuid\n);\ncreate table a.d (\n    tenant_id uuid\n);\ncall tenancy.fence_queue('a.d');";
        let tree = tree(&[
            ("migrations/0001_a.sql", fenced),
            ("migrations/0002_b.sql", open),
            ("migrations/0003_c.sql", global),
            ("migrations/0004_d.sql", none),
            ("migrations/0004_e.sql", ""),
        ]);
        let findings = check(&tree);
        assert_eq!(findings.len(), 2, "{findings:?}");
        assert!(findings[0].starts_with("migrations/0002_b.sql: `crm.note`"));
        assert!(findings[1].ends_with("have the same number"));
    }
}
