//! bounded frames of schema types over unix sockets.
//!
//! a frame is a length (four bytes, little endian) and that many bytes of json, at most
//! [`frame::FRAME_MAX_BYTES`]; nesting is at most `limits::DEPTH_MAX`. unknown fields and unknown
//! messages are errors. the three conversations:

#![forbid(unsafe_code)]

/// a client and the executor.
pub mod executor;
/// reading and writing one frame, on anything that reads and writes.
pub mod frame;
/// the executor and pid 1.
pub mod init;
/// a client and the model runner.
pub mod model;
/// the settings helper and pid 1.
pub mod settings;
/// where an endpoint is.
pub mod url;
/// the executor and its worker in the jail.
pub mod worker;

pub use frame::{FrameError, read, write};
