//! Just enough of PostgreSQL's protocol to run SQL text over a local socket.
//!
//! The downloaded packages come without `psql`, and this crate without a database driver.

use std::{
    io::{BufReader, Read as _, Write as _},
    os::unix::net::UnixStream,
    path::Path,
};

use anyhow::{Context as _, bail};

const PROTOCOL_3: u32 = 196_608;
/// The largest answer that a statement without rows can have.
const MESSAGE_MAX: usize = 1 << 20;

/// A connection that was let in without a password.
pub struct Connection {
    stream: BufReader<UnixStream>,
}

impl Connection {
    pub fn open(folder: &Path, user: &str, database: &str) -> anyhow::Result<Self> {
        let stream = UnixStream::connect(folder.join(".s.PGSQL.5432"))
            .context("cannot reach PostgreSQL's socket")?;
        let mut connection = Self { stream: BufReader::new(stream) };
        let parameters = format!("user\0{user}\0database\0{database}\0\0");
        let mut body = PROTOCOL_3.to_be_bytes().to_vec();
        body.extend_from_slice(parameters.as_bytes());
        connection.send(None, &body)?;
        connection.finish("").context("PostgreSQL refused the connection")?;
        Ok(connection)
    }

    /// Runs statements; all or none take effect, but for those that PostgreSQL runs alone.
    pub fn execute(&mut self, sql: &str) -> anyhow::Result<()> {
        let mut body = sql.as_bytes().to_vec();
        body.push(0);
        self.send(Some(b'Q'), &body)?;
        self.finish(sql)
    }

    fn send(&mut self, kind: Option<u8>, body: &[u8]) -> anyhow::Result<()> {
        let length = u32::try_from(body.len() + 4).context("the statement is too long")?;
        let mut message: Vec<u8> = kind.into_iter().collect();
        message.extend_from_slice(&length.to_be_bytes());
        message.extend_from_slice(body);
        self.stream.get_mut().write_all(&message).context("PostgreSQL hung up")
    }

    /// Reads until the server waits for the next statement.
    fn finish(&mut self, sql: &str) -> anyhow::Result<()> {
        let mut refusal = None;
        loop {
            let (kind, body) = self.receive()?;
            match kind {
                b'E' => refusal = Some(explain(&body, sql)),
                b'R' if body != [0, 0, 0, 0] => bail!("PostgreSQL asks for a password"),
                b'Z' => return refusal.map_or(Ok(()), |text| Err(anyhow::Error::msg(text))),
                _ => {}
            }
        }
    }

    fn receive(&mut self) -> anyhow::Result<(u8, Vec<u8>)> {
        let mut head = [0_u8; 5];
        self.stream.read_exact(&mut head).context("PostgreSQL hung up")?;
        let [kind, length @ ..] = head;
        let length = usize::try_from(u32::from_be_bytes(length))?.saturating_sub(4);
        if MESSAGE_MAX < length {
            bail!("PostgreSQL sent a message of {length} bytes");
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).context("PostgreSQL hung up")?;
        Ok((kind, body))
    }
}

/// The server's complaint, with the line of the text that it complains about.
fn explain(body: &[u8], sql: &str) -> String {
    let field = |wanted: u8| {
        body.split(|byte| *byte == 0)
            .find_map(|part| part.split_first().filter(|(kind, _)| **kind == wanted))
            .map(|(_, text)| String::from_utf8_lossy(text).into_owned())
    };
    let mut text = field(b'M').unwrap_or_else(|| "PostgreSQL refused".to_owned());
    if let Some(position) = field(b'P').and_then(|position| position.parse::<usize>().ok()) {
        let before: String = sql.chars().take(position).collect();
        let line = before.matches('\n').count();
        text = format!(
            "line {}: {text}: {}",
            line + 1,
            sql.lines().nth(line).unwrap_or_default().trim()
        );
    }
    for extra in [field(b'D'), field(b'H'), field(b'W')].into_iter().flatten() {
        text = format!("{text}\n  {extra}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::explain;

    #[test]
    fn a_complaint_names_the_line() {
        let body = b"SERROR\0Mrelation \"nothing\" does not exist\0P23\0\0";
        let text = explain(body, "select 1;\nselect * from nothing;\nselect 2;");
        assert_eq!(text, "line 2: relation \"nothing\" does not exist: select * from nothing;");
    }
}
