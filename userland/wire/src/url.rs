//! where an endpoint is: the one form of url that settings, pid 1, shell and `llm-remoted` agree on.

/// bytes of a url.
const URL_MAX_BYTES: usize = 512;
/// bytes of a host; RFC 1035.
const HOST_MAX_BYTES: usize = 253;

/// `http://HOST:PORT/PATH` or `https://…`: no name of a user, no question, no fragment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Url<'a> {
    pub https: bool,
    /// a name or an address; one of IPv6 without its brackets.
    pub host: &'a str,
    /// host and port as they were written, for people.
    pub place: &'a str,
    pub port: u16,
    /// empty, or with its first slash; without a last one.
    pub path: &'a str,
}

/// `None`: it has another form.
pub fn parse(text: &str) -> Option<Url<'_>> {
    let (https, rest) = match text.strip_prefix("https://") {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix("http://")?),
    };
    let (place, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, port)
        }
        None => {
            let (host, port) = place.split_at(place.find(':').unwrap_or(place.len()));
            is_host(host).then_some((host, port))?
        }
    };
    let port = match port.strip_prefix(':') {
        Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => {
            digits.parse().ok().filter(|port| *port > 0)?
        }
        None if port.is_empty() => {
            if https {
                443
            } else {
                80
            }
        }
        _ => return None,
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~/".contains(c);
    (text.len() <= URL_MAX_BYTES && path.chars().all(plain)).then_some(Url {
        https,
        host,
        place,
        port,
        path: path.trim_end_matches('/'),
    })
}

fn is_host(host: &str) -> bool {
    let label = |label: &str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
        !label.is_empty() && label.bytes().all(plain) && !label.starts_with('-')
    };
    host.len() <= HOST_MAX_BYTES && host.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_form_is_understood() {
        let check = |text: &str, expect: Option<(bool, &str, u16, &str)>| {
            let got = parse(text).map(|url| (url.https, url.host, url.port, url.path));
            assert_eq!(got, expect, "{text}");
        };
        check(
            "http://10.0.2.2:8080/v1",
            Some((false, "10.0.2.2", 8080, "/v1")),
        );
        check(
            "https://api.example.org/v1/",
            Some((true, "api.example.org", 443, "/v1")),
        );
        check("http://localhost", Some((false, "localhost", 80, "")));
        check("http://[::1]:9/a", Some((false, "::1", 9, "/a")));
        for bad in [
            "",
            "10.0.2.2",
            "ftp://a",
            "http://",
            "http://a b",
            "http://me:secret@host/v1",
            "http://host:0",
            "http://host:99999",
            "http://host:+8",
            "http://host:x",
            "http://host/v1?key=x",
            "http://host/v1#x",
            "http://[::1",
            "http://-a",
            "http://a..b",
            "http://a\n",
            "http://a/\u{1b}[2J",
        ] {
            check(bad, None);
        }
        assert_eq!(parse("http://h:81/v1").unwrap().place, "h:81");
        assert_eq!(parse(&format!("http://a/{}", "x".repeat(600))), None);
    }
}
