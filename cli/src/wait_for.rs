//! `wait`.

use crate::cli::{Connection, WaitArgs};
use crate::cluster::Cluster;
use crate::control::named;
use crate::fault::Fault;
use crate::out::Out;
use crate::report;
use crate::waiting::{Target, until};

/// Waits for something to be true of some bots.
pub(crate) async fn run(
    connection: &Connection,
    args: &WaitArgs,
    out: &mut Out,
) -> Result<(), Fault> {
    let cluster = Cluster::connect(connection).await?;
    let goal = args.what.goal();
    let targets: Vec<_> = named(&args.names, cluster.namespace())
        .into_iter()
        .map(|id| Target {
            id,
            uid: None,
            goal: goal.clone(),
        })
        .collect();
    let what = report::goal(&goal);
    for (id, outcome) in until(&cluster, &targets, args.timeout).await {
        match report::failed(&what, &outcome, args.timeout.as_secs_f32()) {
            None => out.say(&format!("{id}: {what} is true.")),
            Some(sentence) => out.fail(&Fault::failed(format!("{id}: {sentence}"))),
        }
    }
    Ok(())
}
