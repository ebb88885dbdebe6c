//! commands about the network and the screen.

use super::line::Command;
use super::{Options, only};
use crate::Action;

pub(super) fn read(command: &Command) -> Option<Vec<Action>> {
    if !command.plain() {
        return None;
    }
    let network = |action: &str| Action::new("network").with("action", action);
    let args = command.args();
    match command.name() {
        "ip" => {
            let options = Options::read_any(args, "4b", &["-br", "-brief"], &[])?;
            only(match options.operands.as_slice() {
                ["a" | "addr" | "address"] | ["a" | "addr" | "address", "show"] => {
                    network("status")
                }
                ["r" | "route"] | ["r" | "route", "show"] => network("routes"),
                ["l" | "link", "set", rest @ ..] => {
                    let rest = rest.strip_prefix(&["dev"]).unwrap_or(rest);
                    match rest {
                        [interface, action @ ("up" | "down")] => {
                            network(action).with("interface", *interface)
                        }
                        _ => return None,
                    }
                }
                ["a" | "addr" | "address", "add", address, "dev", interface] => network("address")
                    .with("interface", *interface)
                    .with("address", *address),
                _ => return None,
            })
        }
        "ifconfig" => {
            let options = Options::read_any(args, "a", &[], &[])?;
            only(match options.operands.as_slice() {
                [] => network("status"),
                [interface, action @ ("up" | "down")] => {
                    network(action).with("interface", *interface)
                }
                _ => return None,
            })
        }
        "ifup" | "ifdown" => {
            let options = Options::read(args, "", &[], &[])?;
            let action = command.name().strip_prefix("if")?;
            only(network(action).with("interface", options.one()?))
        }
        "route" => {
            let options = Options::read(args, "n", &[], &[])?;
            options.operands.is_empty().then(|| vec![network("routes")])
        }
        "dhclient" | "udhcpc" | "dhcpcd" => {
            let options = Options::read(args, "v", &[], &["-i"])?;
            let interface = options.value(&["-i"]).or_else(|| options.one())?;
            only(network("dhcp").with("interface", interface))
        }
        "ping" => {
            let options = Options::read(args, "4", &[], &["-c", "-i", "-w", "-W"])?;
            only(network("ping").with("host", options.one()?))
        }
        "nmcli" => nmcli(command),
        "xrandr" => {
            let options = Options::read(args, "q", &["--query"], &["--output", "--mode"])?;
            let display = |action: &str| Action::new("display").with("action", action);
            only(
                match (options.value(&["--output"]), options.value(&["--mode"])) {
                    _ if !options.operands.is_empty() => return None,
                    (None, None) => display("list"),
                    (None, Some(mode)) => display("set_mode").with("mode", mode),
                    (Some(output), Some(mode)) => display("set_mode")
                        .with("output", output)
                        .with("mode", mode),
                    _ => return None,
                },
            )
        }
        _ => None,
    }
}

/// `nmcli device wifi connect NAME [password WORD]`.
fn nmcli(command: &Command) -> Option<Vec<Action>> {
    let options = Options::read(command.args(), "", &[], &[])?;
    let join = Action::new("network").with("action", "wifi_join");
    only(match options.operands.as_slice() {
        ["d" | "dev" | "device", "wifi" | "w", "connect" | "c", ssid] => join.with("ssid", *ssid),
        [
            "d" | "dev" | "device",
            "wifi" | "w",
            "connect" | "c",
            ssid,
            "password",
            password,
        ] => join.with("ssid", *ssid).with("password", *password),
        _ => return None,
    })
}
