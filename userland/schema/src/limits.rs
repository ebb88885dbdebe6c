//! how much of anything there may be. over a limit is a clear error, never a hang.

/// actions in one plan.
pub const ACTIONS_MAX: usize = 64;
/// entries of an `argv`.
pub const ARGV_MAX: usize = 64;
/// entries of an `env`.
pub const ENV_MAX: usize = 64;
/// nesting of a json value, the outermost object counted as 1.
pub const DEPTH_MAX: usize = 16;
/// bytes of one path; `PATH_MAX` of linux less the final zero.
pub const PATH_MAX_BYTES: usize = 4095;
/// bytes of one path component; `NAME_MAX` of linux.
pub const NAME_MAX_BYTES: usize = 255;
/// bytes of a text argument such as `content`: leaves room for the frame around it.
pub const TEXT_MAX_BYTES: usize = 512 * 1024;
/// bytes of a request in words.
pub const REQUEST_MAX_BYTES: usize = 4096;
/// bytes of the text of an ask, answer or refuse.
pub const SAY_MAX_BYTES: usize = 2048;
/// names handed to the model, all kinds together.
pub const NAMES_MAX: usize = 512;
/// names of a listing that are told with its result.
pub const LISTED_MAX: usize = 16;
/// turns of a conversation handed to the model.
pub const TURNS_MAX: usize = 4;
/// bytes of a word argument such as a host or a package.
pub const WORD_MAX_BYTES: usize = 255;
/// the highest process number; `PID_MAX_LIMIT` of linux.
pub const PID_MAX: i64 = 4_194_304;
