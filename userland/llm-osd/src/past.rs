//! history and one entry, short enough for a frame.

use crate::executor::Executor;
use llm_os_schema::result::HistoryEntry;
use serde_json::Value;

/// entries of one answer.
const HISTORY_MAX: usize = 1000;
/// bytes of a text argument in a history; `Show` has them whole.
const TEXT_MAX_BYTES: usize = 200;
/// bytes of a history's json, with room for the frame around it.
const HISTORY_MAX_BYTES: usize = 900 * 1024;

/// newest first.
///
/// # Errors
/// when there is no journal.
pub fn history(executor: &Executor, limit: u32) -> Result<Vec<HistoryEntry>, String> {
    let limit = usize::try_from(limit)
        .unwrap_or(HISTORY_MAX)
        .min(HISTORY_MAX);
    executor.with_journal(|journal| {
        let book = journal.book();
        let mut bytes = 0;
        book.newest()
            .take(limit)
            .map(|entry| shortened(book.history_entry(entry), TEXT_MAX_BYTES))
            .take_while(|entry| {
                bytes += size(entry);
                bytes <= HISTORY_MAX_BYTES
            })
            .collect()
    })
}

/// one entry, as whole as a frame allows.
///
/// # Errors
/// when there is no journal.
pub fn show(executor: &Executor, id: u64) -> Result<Option<HistoryEntry>, String> {
    executor.with_journal(|journal| {
        let book = journal.book();
        let entry = book.history_entry(book.get(id)?);
        Some(if size(&entry) > HISTORY_MAX_BYTES {
            shortened(entry, TEXT_MAX_BYTES)
        } else {
            entry
        })
    })
}

fn size(entry: &HistoryEntry) -> usize {
    serde_json::to_vec(entry).map_or(usize::MAX / 2, |bytes| bytes.len())
}

fn shortened(mut entry: HistoryEntry, max_bytes: usize) -> HistoryEntry {
    for value in entry
        .actions
        .iter_mut()
        .flat_map(|action| action.args.values_mut())
    {
        if let Value::String(text) = value
            && text.len() > max_bytes
        {
            let end = (0..=max_bytes)
                .rev()
                .find(|&at| text.is_char_boundary(at))
                .unwrap_or(0);
            let all = text.len();
            text.truncate(end);
            text.push_str(&format!("[cut: {all} bytes in all]"));
        }
    }
    entry
}
