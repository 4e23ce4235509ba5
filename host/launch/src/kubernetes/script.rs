//! What `kubectl create -f` makes of a script: a Job whose pods start new workers.

use std::time::Duration;

use rush_network::LaunchId;
use rush_run_file::KubernetesLauncher;
use secrecy::SecretString;

use super::{
    KubernetesError,
    manifest::{Plan, manifest, yaml},
};
use crate::{WorkerCommand, job_name};

/// The name of the Job, and the manifest, which holds the URL of Redis.
pub(crate) fn manifest_of_script(
    launcher: &KubernetesLauncher,
    command: WorkerCommand,
    pods: u32,
    url: SecretString,
    grace: Duration,
) -> Result<(String, String), KubernetesError> {
    // What is not recorded has a name all the same, so that the next one has another.
    let launch = LaunchId::random();
    let name = job_name(&command.network, &launch);
    let plan = Plan {
        launcher,
        name: &name,
        launch: &launch,
        processes: pods,
        command,
        url,
        takes_over: false,
        grace,
    };
    let text = yaml(&manifest(&plan)?)?;
    Ok((name, text))
}
