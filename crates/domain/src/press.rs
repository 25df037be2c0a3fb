//! Documents as PDF, typeset apart from what answers requests.

use std::{sync::Arc, time::Duration};

use documents::{Branding, Document, DocumentError, Pdf, TemplateVersion, Typesetter};
use kernel::Timestamp;
use tokio::sync::Semaphore;

use crate::Problem;

/// How many documents are typeset at the same time.
const AT_ONCE: usize = 2;
/// How long a document may take, waiting included.
const PATIENCE: Duration = Duration::from_secs(20);

/// The typesetter, and room for a few documents at a time.
#[derive(Debug, Clone)]
pub struct Press {
    typesetter: Arc<Typesetter>,
    room: Arc<Semaphore>,
}

impl Press {
    pub fn new(typesetter: Typesetter) -> Self {
        Self { typesetter: Arc::new(typesetter), room: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The templates in use.
    pub fn templates(&self) -> &[TemplateVersion] {
        self.typesetter.versions()
    }

    /// The document as PDF. No transaction may be open meanwhile.
    pub async fn print(
        &self,
        document: Document,
        branding: Branding,
        now: Timestamp,
    ) -> Result<Pdf, Problem> {
        let printing = async {
            let room = Arc::clone(&self.room).acquire_owned().await.map_err(Problem::internal)?;
            let typesetter = Arc::clone(&self.typesetter);
            let printing = tokio::task::spawn_blocking(move || {
                // Held to the end, also when nobody waits for the document any more.
                let _room = room;
                typesetter.render(&document, &branding, now)
            });
            printing.await.map_err(Problem::internal)?.map_err(refused)
        };
        tokio::time::timeout(PATIENCE, printing).await.map_err(|_elapsed| {
            Problem::new(
                "timeout",
                "the document takes too long to typeset; ask for it again shortly",
            )
        })?
    }
}

fn refused(error: DocumentError) -> Problem {
    match error {
        DocumentError::TooLong(_)
        | DocumentError::TooIntricate(_)
        | DocumentError::TooManyPages(_) => Problem::new(
            "document-too-long",
            format!("{error}; shorten the text, or take it as Markdown"),
        ),
        DocumentError::Template { .. } => Problem::internal(error),
    }
}
