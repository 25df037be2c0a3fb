//! Holding a run, and letting it go on.

use super::Machine;
use crate::{
    command::{Command, Input},
    machine::events::INBOX_MAX,
    state::Status,
};

impl Machine<'_> {
    pub(super) fn suspend(&mut self, reason: String) {
        self.state.status = Status::Suspended;
        self.commands.push(Command::Suspended { reason });
    }

    /// What happens to a suspended run waits, but for an end or a resumption.
    pub(super) fn hold(&mut self, input: Input) {
        match input {
            Input::Resume => self.resume_all(),
            Input::Cancel { reason } => {
                self.state.held.clear();
                self.cancel(reason);
            }
            Input::CallSucceeded { .. } | Input::CallFailed { .. } | Input::TimerFired { .. } => {
                self.state.held.push(input);
            }
            Input::EventReceived { .. } => {
                let is_event = |held: &Input| matches!(held, Input::EventReceived { .. });
                if INBOX_MAX <= self.state.held.iter().filter(|held| is_event(held)).count()
                    && let Some(oldest) = self.state.held.iter().position(is_event)
                {
                    self.state.held.remove(oldest);
                }
                self.state.held.push(input);
            }
            Input::Start { .. } | Input::Retry | Input::Skip { .. } | Input::Suspend { .. } => {}
        }
    }

    /// What happened meanwhile is applied in its order, at the present moment.
    fn resume_all(&mut self) {
        self.state.status = Status::Running;
        self.commands.push(Command::Resumed);
        for input in std::mem::take(&mut self.state.held) {
            self.accept(input);
            self.run();
        }
    }
}
