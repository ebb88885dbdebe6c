//! names of hosts, without the system's resolver: in a static program that one cannot load its parts,
//! and behind the walls it could not read its files.
//!
//! an address is itself; a name is looked for in `/etc/hosts` and then asked of the name servers that
//! `/etc/resolv.conf` names, or that the kernel was given at boot. these files are read once, before
//! the process shuts itself in. RFC 1035.

use rustix::net::{AddressFamily, SocketType, connect, socket};
use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, QTYPE, Question, TYPE};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// name servers that are asked.
const SERVERS_MAX: usize = 3;
/// how long one of them may take, and how often all are asked.
const ANSWER_MAX: Duration = Duration::from_secs(2);
const ROUNDS: usize = 2;
/// addresses of one host that are tried.
const ADDRESSES_MAX: usize = 4;
/// bytes of one answer.
const PACKET_MAX_BYTES: usize = 4096;
const DNS_PORT: u16 = 53;

/// where names are looked up.
#[derive(Debug, Default)]
pub struct Hosts {
    known: Vec<(String, IpAddr)>,
    servers: Vec<SocketAddr>,
}

impl Hosts {
    /// what this system knows now.
    pub fn read() -> Self {
        let text = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let mut servers = servers(&text("/etc/resolv.conf"));
        if servers.is_empty() {
            servers = self::servers(&text("/proc/net/pnp"));
        }
        Hosts {
            known: known(&text("/etc/hosts")),
            servers,
        }
    }

    /// the form that the client takes.
    pub fn resolver(self: Arc<Self>) -> impl Resolver {
        Shared(self)
    }

    /// the addresses of a host; none: nobody knows it.
    fn addresses(&self, host: &str, longest: Duration) -> Vec<IpAddr> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = host.parse() {
            return vec![address];
        }
        let same = |(name, _): &&(String, IpAddr)| name.eq_ignore_ascii_case(host);
        let mut found: Vec<IpAddr> = self.known.iter().filter(same).map(|(_, ip)| *ip).collect();
        if found.is_empty() && host.eq_ignore_ascii_case("localhost") {
            found.push(IpAddr::from([127, 0, 0, 1]));
        }
        let end = Instant::now() + longest.min(ANSWER_MAX * 8);
        for kind in [TYPE::A, TYPE::AAAA] {
            for server in self
                .servers
                .iter()
                .cycle()
                .take(self.servers.len() * ROUNDS)
            {
                let left = end.saturating_duration_since(Instant::now());
                if !found.is_empty() || left.is_zero() {
                    break;
                }
                match ask(*server, host, kind, left.min(ANSWER_MAX)) {
                    Some(answer) => {
                        found = answer;
                        break;
                    }
                    None => continue,
                }
            }
        }
        found.truncate(ADDRESSES_MAX);
        found
    }
}

#[derive(Debug)]
struct Shared(Arc<Hosts>);

impl Resolver for Shared {
    fn resolve(
        &self,
        uri: &Uri,
        _: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let host = uri.host().unwrap_or_default();
        let usual = if uri.scheme_str() == Some("https") {
            443
        } else {
            80
        };
        let port = uri.port_u16().unwrap_or(usual);
        let mut result = self.empty();
        for ip in self.0.addresses(host, *timeout.after) {
            result.push(SocketAddr::new(ip, port));
        }
        if result.is_empty() {
            return Err(ureq::Error::HostNotFound);
        }
        Ok(result)
    }
}

/// hosts(5).
fn known(text: &str) -> Vec<(String, IpAddr)> {
    let lines = text.lines().filter_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        let address: IpAddr = words.next()?.parse().ok()?;
        Some(words.map(move |name| (name.to_owned(), address)))
    });
    lines.flatten().collect()
}

/// resolv.conf(5); the kernel's own list has the same form.
fn servers(text: &str) -> Vec<SocketAddr> {
    let lines = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        (words.next()? == "nameserver").then_some(())?;
        let address: IpAddr = words.next()?.parse().ok()?;
        Some(SocketAddr::new(address, DNS_PORT))
    });
    lines
        .filter(|server| !server.ip().is_unspecified())
        .take(SERVERS_MAX)
        .collect()
}

/// what a server says of a name; `None`: it said nothing that counts.
fn ask(server: SocketAddr, host: &str, kind: TYPE, longest: Duration) -> Option<Vec<IpAddr>> {
    let mut id = [0; 2];
    rustix::rand::getrandom(&mut id, rustix::rand::GetRandomFlags::empty()).ok()?;
    let id = u16::from_ne_bytes(id);
    let mut query = Packet::new_query(id);
    query.set_flags(PacketFlag::RECURSION_DESIRED);
    let name = Name::new(host).ok()?;
    query.questions.push(Question::new(
        name,
        QTYPE::TYPE(kind),
        CLASS::IN.into(),
        false,
    ));
    let query = query.build_bytes_vec().ok()?;
    // without a bind of its own: this process may not call that.
    let family = match server {
        SocketAddr::V4(_) => AddressFamily::INET,
        SocketAddr::V6(_) => AddressFamily::INET6,
    };
    let line = socket(family, SocketType::DGRAM, None).ok()?;
    connect(&line, &server).ok()?;
    let line = UdpSocket::from(line);
    line.send(&query).ok()?;
    let end = Instant::now() + longest;
    let mut bytes = [0; PACKET_MAX_BYTES];
    loop {
        let left = end.checked_duration_since(Instant::now())?;
        line.set_read_timeout(Some(left).filter(|left| !left.is_zero()))
            .ok()?;
        let count = line.recv(&mut bytes).ok()?;
        let Ok(answer) = Packet::parse(&bytes[..count]) else {
            continue;
        };
        if answer.id() != id || !answer.has_flags(PacketFlag::RESPONSE) {
            continue;
        }
        let found = answer
            .answers
            .iter()
            .filter_map(|record| match &record.rdata {
                RData::A(a) => Some(IpAddr::from(a.address.to_be_bytes())),
                RData::AAAA(a) => Some(IpAddr::from(a.address.to_be_bytes())),
                _ => None,
            });
        return Some(found.collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use simple_dns::ResourceRecord;
    use simple_dns::rdata::A;

    const LONG: Duration = Duration::from_secs(5);

    #[test]
    fn files_are_read_as_they_are_written() {
        let known = known("127.0.0.1 localhost me # own\n::1 six\nnonsense\n#9.9.9.9 no\n");
        let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["localhost", "me", "six"]);
        let servers = servers(
            "#PROTO: STATIC\nnameserver 0.0.0.0\nnameserver 10.0.2.3\nsearch x\nnameserver fe::1\n",
        );
        assert_eq!(
            servers,
            [
                "10.0.2.3:53".parse().unwrap(),
                "[fe::1]:53".parse().unwrap()
            ]
        );
    }

    #[test]
    fn an_address_is_itself_and_a_name_is_looked_for() {
        // a server that answers one name, and nonsense before that.
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let hosts = Hosts {
            known: vec![("boat".into(), IpAddr::from([10, 1, 1, 1]))],
            servers: vec![server.local_addr().unwrap()],
        };
        let thread = std::thread::spawn(move || {
            let mut bytes = [0; 512];
            let (count, from) = server.recv_from(&mut bytes).unwrap();
            let query = Packet::parse(&bytes[..count]).unwrap();
            let name = query.questions[0].qname.clone();
            assert_eq!(name.to_string(), "model.example");
            let mut other = Packet::new_reply(query.id() ^ 1);
            let record = |last: u8| {
                let address = u32::from_be_bytes([10, 0, 0, last]);
                ResourceRecord::new(name.clone(), CLASS::IN, 60, RData::A(A { address }))
            };
            other.answers.push(record(1));
            let mut right = Packet::new_reply(query.id());
            right.answers.push(record(2));
            for reply in [
                b"?".to_vec(),
                other.build_bytes_vec().unwrap(),
                right.build_bytes_vec().unwrap(),
            ] {
                server.send_to(&reply, from).unwrap();
            }
        });
        let check = |host: &str, expect: &str| {
            let expect: Vec<IpAddr> = vec![expect.parse().unwrap()];
            assert_eq!(hosts.addresses(host, LONG), expect, "{host}");
        };
        check("10.0.2.2", "10.0.2.2");
        check("[::1]", "::1");
        check("Boat", "10.1.1.1");
        check("localhost", "127.0.0.1");
        check("model.example", "10.0.0.2");
        thread.join().unwrap();
        assert!(Hosts::default().addresses("model.example", LONG).is_empty());
    }
}
