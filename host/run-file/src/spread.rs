//! How many host processes carry the workers, if nobody says so.

use std::num::NonZeroU32;

use crate::isolation::Isolation;
use crate::launcher::Launcher;
use crate::run_file::RunFile;

/// What decides how many host processes there are, besides the launcher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spread {
    /// `[workers] processes`, if it is written.
    pub(crate) asked: Option<u32>,
    /// The cores of this machine.
    pub(crate) cores: NonZeroU32,
}

impl RunFile {
    /// How many host processes carry so many workers; at least one, unless there is no worker.
    ///
    /// As many as `[workers] processes` says. Else one for each core, or for each machine of `[launcher.ssh]`; a job has as many workers
    /// as it has cores. Where a loop has a process of its own, there are as many as workers.
    pub fn processes_for(&self, count: u32) -> u32 {
        processes(&self.launcher, self.worker_loop.isolation, self.spread, count)
    }
}

fn processes(launcher: &Launcher, isolation: Isolation, spread: Spread, count: u32) -> u32 {
    if isolation == Isolation::Process {
        return count;
    }
    let wanted = spread.asked.unwrap_or_else(|| match launcher {
        Launcher::Local | Launcher::Command(_) => spread.cores.get(),
        Launcher::Ssh(ssh) => u32::try_from(ssh.hosts.len()).unwrap_or(u32::MAX),
        Launcher::Slurm(slurm) => count.div_ceil(slurm.cpus.unwrap_or(1).max(1)),
        Launcher::Kubernetes(kubernetes) => count.div_ceil(kubernetes.cpu.as_deref().map_or(1, whole_cores)),
    });
    wanted.max(1).min(count)
}

/// The cores of a quantity as Kubernetes writes it, `2` or `500m`, rounded up; 1, if it is none.
fn whole_cores(cpu: &str) -> u32 {
    let cores = match cpu.strip_suffix('m') {
        Some(thousandths) => thousandths.parse::<u32>().ok().map(|thousandths| thousandths.div_ceil(1000)),
        None => cpu.split_once('.').map_or_else(
            || cpu.parse::<u32>().ok(),
            |(whole, part)| {
                let more = u32::from(part.bytes().any(|digit| digit != b'0'));
                whole.parse::<u32>().ok().and_then(|whole| whole.checked_add(more))
            },
        ),
    };
    cores.unwrap_or(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Options;

    fn run_file(more: &str) -> RunFile {
        let text = format!("network = 'n'\n[loop]\ncomponent = 'loop.wasm'\n{more}");
        let options = Options { cores: NonZeroU32::new(4).unwrap(), ..Options::of_this_process() };
        RunFile::parse(&text, "run.toml", &options).unwrap()
    }

    fn counts(more: &str) -> Vec<u32> {
        let run_file = run_file(more);
        [1, 3, 10].into_iter().map(|count| run_file.processes_for(count)).collect()
    }

    #[test]
    fn here_there_is_one_for_each_core() {
        assert_eq!(counts(""), [1, 3, 4]);
        assert_eq!(counts("[launcher.command]\nargv = ['sh', '-c', '{script}']\n"), [1, 3, 4]);
    }

    #[test]
    fn what_is_written_holds_for_another_number_of_workers_too() {
        assert_eq!(counts("[workers]\ncount = 8\nprocesses = 6\n"), [1, 3, 6]);
    }

    #[test]
    fn each_machine_of_ssh_has_one() {
        assert_eq!(counts("[launcher.ssh]\nhosts = [{ host = 'a' }, { host = 'b' }]\n"), [1, 2, 2]);
    }

    #[test]
    fn a_job_has_as_many_workers_as_cores() {
        assert_eq!(counts("[launcher.slurm]\n"), [1, 3, 10]);
        assert_eq!(counts("[launcher.slurm]\ncpus = 4\n"), [1, 1, 3]);
        assert_eq!(counts("[launcher.kubernetes]\nimage = 'i'\ncpu = '2'\n"), [1, 2, 5]);
        assert_eq!(counts("[launcher.kubernetes]\nimage = 'i'\ncpu = '2500m'\n"), [1, 1, 4]);
    }

    #[test]
    fn a_loop_with_a_process_of_its_own_needs_one_for_each_worker() {
        let isolated = "isolation = 'process'\n[launcher.ssh]\nhosts = [{ host = 'a' }]\n";
        assert_eq!(counts(isolated), [1, 3, 10]);
    }

    #[test]
    fn quantities_are_rounded_up() {
        let cores = ["2", "500m", "2500m", "1.5", "2.0", "0", "0.1", "many"].map(whole_cores);
        assert_eq!(cores, [2, 1, 3, 2, 2, 1, 1, 1]);
    }
}
