//! `[launcher.ssh]`: host processes on machines of other names, through real `sshd`s. Where there are none, these tests say so.

mod copying;
mod elsewhere;
mod on_the_way;
mod refusals;
mod running;
