//! A client that costs little: one connection, HTTP/1.1 written by hand.
//!
//! The load must not be heavier than the program under it: on the same machine, what the client takes the
//! program does not have.

use anyhow::Context as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::intake::Signed;

/// The largest answer that is read.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// A kept-alive connection to the platform.
pub(crate) struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Wire {
    pub(crate) async fn connect(port: u16) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port)).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(1024) })
    }

    /// Sends an intake and waits for its whole answer. The status.
    pub(crate) async fn send(&mut self, intake: &Signed) -> anyhow::Result<u16> {
        let mut request = format!(
            "POST /api/intake HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n\
             x-mwd-event-type: client.intake.submitted\r\nx-mwd-signature: {}\r\ncontent-length: {}\r\n\r\n",
            intake.signature,
            intake.body.len()
        )
        .into_bytes();
        request.extend_from_slice(&intake.body);
        self.stream.write_all(&request).await?;
        self.buffer.clear();
        loop {
            anyhow::ensure!(
                self.stream.read_buf(&mut self.buffer).await? != 0,
                "the connection was closed"
            );
            anyhow::ensure!(self.buffer.len() <= ANSWER_BYTES_MAX, "the answer is too large");
            if let Some(status) = whole(&self.buffer) {
                return status;
            }
        }
    }
}

/// The status of an answer, once all of it is there.
fn whole(buffer: &[u8]) -> Option<anyhow::Result<u16>> {
    let head_length = buffer.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(buffer.get(..head_length)?).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let Some(Ok(length)) = length.map(|text| text.trim().parse::<usize>()) else {
        return Some(Err(anyhow::anyhow!("the answer does not say how long it is")));
    };
    if buffer.len() < head_length + 4 + length {
        return None;
    }
    let status = head.split(' ').nth(1).and_then(|text| text.parse().ok());
    Some(status.context("the answer has no status"))
}
