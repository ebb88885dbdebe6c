//! `/run/llm-os/init.sock`: one request, one reply, and the connection is closed. no client can hold
//! pid 1 up: everything is non-blocking, small, and over after a time.

use crate::supervisor::Millis;
use llm_os_wire::frame;
use llm_os_wire::init::{Reply, Request};
use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};

/// connections at a time.
pub const CLIENTS_MAX: usize = 8;
/// bytes of a request with its length.
const REQUEST_MAX_BYTES: usize = 4096;
const LIMIT_MS: Millis = 2000;
/// room for the longest answer, so that one write takes it.
const SEND_BUFFER_BYTES: usize = 512 * 1024;

#[derive(Debug)]
struct Client {
    stream: UnixStream,
    bytes: Vec<u8>,
    deadline: Millis,
}

/// the connections, by slot.
#[derive(Debug, Default)]
pub struct Clients {
    slots: [Option<Client>; CLIENTS_MAX],
}

/// what a readable connection came to.
#[derive(Debug)]
pub enum Heard {
    /// the rest is still to come.
    Nothing,
    Request(Request),
    /// nothing of use; say this, if anything, and close.
    Bad(Option<String>),
}

impl Clients {
    /// takes a connection, if it is root's and there is room; its slot.
    pub fn accept(&mut self, listener: &UnixListener, now: Millis) -> Option<usize> {
        let (stream, _) = listener.accept().ok()?;
        let peer = rustix::net::sockopt::socket_peercred(stream.as_fd()).ok()?;
        let slot = self.slots.iter().position(Option::is_none)?;
        // root, where this is pid 1.
        if peer.uid != rustix::process::geteuid() || stream.set_nonblocking(true).is_err() {
            return None;
        }
        let _ = rustix::net::sockopt::set_socket_send_buffer_size_force(&stream, SEND_BUFFER_BYTES);
        let deadline = now.saturating_add(LIMIT_MS);
        self.slots[slot] = Some(Client {
            stream,
            bytes: Vec::new(),
            deadline,
        });
        Some(slot)
    }

    /// the connection in a slot.
    pub fn stream(&self, slot: usize) -> Option<&UnixStream> {
        Some(&self.slots.get(slot)?.as_ref()?.stream)
    }

    /// reads what is there.
    pub fn hear(&mut self, slot: usize) -> Heard {
        let Some(client) = self.slots.get_mut(slot).and_then(Option::as_mut) else {
            return Heard::Bad(None);
        };
        let mut piece = [0; REQUEST_MAX_BYTES];
        match client.stream.read(&mut piece) {
            Ok(0) => return Heard::Bad(None),
            Ok(count) => client.bytes.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Heard::Nothing,
            Err(error) if error.kind() == ErrorKind::Interrupted => return Heard::Nothing,
            Err(_) => return Heard::Bad(None),
        }
        let Some((head, json)) = client.bytes.split_first_chunk::<4>() else {
            return Heard::Nothing;
        };
        let length = u32::from_le_bytes(*head) as usize;
        if length > REQUEST_MAX_BYTES - 4 || json.len() > length {
            return Heard::Bad(Some(format!(
                "a request has at most {REQUEST_MAX_BYTES} bytes"
            )));
        }
        if json.len() < length {
            return Heard::Nothing;
        }
        match frame::decode(json) {
            Ok(request) => Heard::Request(request),
            Err(error) => Heard::Bad(Some(error.to_string())),
        }
    }

    /// sends the reply and closes.
    pub fn answer(&mut self, slot: usize, reply: &Reply) {
        let client = self.slots.get_mut(slot).and_then(Option::take);
        if let (Some(mut client), Ok(bytes)) = (client, frame::encode(reply)) {
            // one write or none: a reader that leaves no room for its answer does not get it.
            let _ = client.stream.write(&bytes);
        }
    }

    /// closes without a word.
    pub fn close(&mut self, slot: usize) {
        if let Some(client) = self.slots.get_mut(slot) {
            *client = None;
        }
    }

    /// closes those that are too slow.
    pub fn expire(&mut self, now: Millis) {
        for slot in &mut self.slots {
            if slot.as_ref().is_some_and(|client| client.deadline <= now) {
                *slot = None;
            }
        }
    }

    /// when to call [`Clients::expire`].
    pub fn next_deadline(&self) -> Option<Millis> {
        self.slots
            .iter()
            .flatten()
            .map(|client| client.deadline)
            .min()
    }
}
