//! `generated`: what is made from other files is what they make today.

use crate::generate;
use crate::log::Log;
use crate::outcome::Outcome;
use crate::workspace::Workspace;

pub(super) fn run(workspace: &Workspace, _log: &mut Log) -> Outcome {
    match generate::check(workspace) {
        Ok(files) => files
            .into_iter()
            .map(|file| file.map_or_else(Outcome::failed, |()| Outcome::passed()))
            .fold(Outcome::default(), Outcome::and),
        Err(sentence) => Outcome::failed(sentence),
    }
}
