//! one file for each capability.

pub mod append_file;
pub mod delete_file;
pub mod exec;
pub mod file_info;
pub mod list_dir;
pub mod make_dir;
pub mod power;
pub mod process_list;
pub mod read_file;
pub mod read_log;
pub mod service_control;
pub mod system_info;
pub mod taught;
pub mod teach;
pub mod undo;
pub mod unteach;
pub mod write_file;
