//! machine profiles, and a harness that boots a machine, types at it, reads it and kills it.
//!
//! a boot test is a few lines. `cargo os test boot` builds the image and hands its folder over in
//! `LLM_OS_IMAGE`; the accelerator that was found to work is in `LLM_OS_ACCEL`:
//!
//! ```no_run
//! use llm_os_qemu::{Image, Machine, Profile, SECOND};
//!
//! fn hello_is_written() -> llm_os_qemu::Result<()> {
//!     let image = Image::from_env()?;
//!     let disk = image.scratch_disk()?; // a private copy, removed when dropped
//!     let mut machine = Machine::boot(Profile::for_image(&image, &disk))?;
//!     machine.expect("llmsh> ", 60 * SECOND)?;
//!     machine.type_line("write_file hello.txt world")?;
//!     machine.expect("? ", 10 * SECOND)?; // text from here to the match is returned
//!     machine.type_line("y")?;
//!     machine.expect("llmsh> ", 10 * SECOND)?;
//!     machine.power_button()?;
//!     machine.wait_exit(30 * SECOND)?;
//!     assert!(disk.data_is_clean()?);
//!     // the same disk boots again: what was kept is there.
//!     let mut machine = Machine::boot(Profile::for_image(&image, &disk))?;
//!     machine.expect("llmsh> ", 60 * SECOND)?;
//!     Ok(())
//! }
//! ```
//!
//! what there is:
//! - [`Profile`]: a machine as data, turned into QEMU's arguments; `second_console` adds `ttyS1`
//!   (also on the kernel's command line, so a shell comes up there), `with_disk` more disks,
//!   `with_cmdline` more kernel arguments, `with_memory_mb` another size.
//! - [`Machine`]: `expect`, `expect_any`, `type_line`, `send` at the first console, `console(n)`
//!   for the others; `power_button`, `reset`, `kill` (a power cut), `quit`, `wait_exit`,
//!   `screendump`, `wait_event` (QMP: `RESET`, `SHUTDOWN`, `WATCHDOG`), `qmp` for the rest.
//!   A machine that is dropped is killed. every failure carries the last lines of the console.
//! - [`Disk`]: a private copy of the image: flip, read and write bytes of a partition by its name,
//!   put a settings file on the boot partition, read a file of `/data`, ask whether `/data` was
//!   left clean.
//!
//! times are generous on purpose: without an accelerator a machine is twenty times slower than
//! the one it runs on, and the tests share the processor.

#![forbid(unsafe_code)]

mod console;
mod disk;
mod error;
mod image;
mod machine;
mod profile;
mod qmp;
mod scratch;
mod sparse;

pub use console::Console;
pub use disk::Disk;
pub use error::{Error, Result};
pub use image::{Image, Manifest, Partition};
pub use machine::Machine;
pub use profile::{Accel, DiskMode, Profile, Screen, Serial};
pub use qmp::Qmp;
pub use scratch::Scratch;
pub use sparse::{copy_into, sparse_copy};

use std::time::Duration;

/// one second; `60 * SECOND` reads well in a test.
pub const SECOND: Duration = Duration::from_secs(1);
