//! the helper's walls, tried with perl in its place: it reads its program from the same stdin.

use llminit::system::System;
use llminit::system::linux::Linux;
use std::fs;
use std::time::{Duration, Instant};

/// what the helper said to this input, or why there is no answer. `None`: only root can become
/// nobody; the booted machine does it at each start.
fn ask(name: &str, program: &str, input: &str) -> Option<Result<String, String>> {
    if !rustix::process::getuid().is_root() {
        return None;
    }
    let path = std::env::temp_dir().join(format!("llminit-helper-{name}-{}", std::process::id()));
    fs::write(&path, input).unwrap();
    let answer = Linux::default().ask_helper(program, path.to_str().unwrap(), 1500);
    fs::remove_file(&path).unwrap();
    Some(match answer {
        Ok(bytes) => Ok(String::from_utf8(bytes).unwrap()),
        Err(error) => Err(error.to_string()),
    })
}

#[test]
fn it_gets_the_file_and_its_answer_comes_back() {
    if let Some(answer) = ask("cat", "/bin/cat", "hostname = \"x\"\n") {
        assert_eq!(answer, Ok("hostname = \"x\"\n".to_owned()));
    }
}

#[test]
fn it_is_nobody_with_nothing() {
    let script = r#"
        print "$< $>\n";
        opendir(my $fds, "/proc/self/fd"); print scalar(grep { /\d/ && $_ > 2 } readdir $fds), "\n";
        open(my $status, "/proc/self/status");
        while (<$status>) { print if /^(CapEff|CapBnd|NoNewPrivs):/ }
        open(my $new, ">", "/tmp/llminit-helper-new"); print $new "x" x 10; close $new;
        print -s "/tmp/llminit-helper-new" || 0, "\n";
    "#;
    // SIGXFSZ ends a program that writes into a file; ignored, it only fails.
    let script = format!("$SIG{{XFSZ}} = 'IGNORE'; {script}");
    let answer = ask("walls", "/usr/bin/perl", &script);
    let _ = fs::remove_file("/tmp/llminit-helper-new");
    if let Some(answer) = answer {
        let zero = "0000000000000000";
        // the one descriptor above 2 is the folder that is being read.
        let expect =
            format!("65534 65534\n1\nCapEff:\t{zero}\nCapBnd:\t{zero}\nNoNewPrivs:\t1\n0\n");
        assert_eq!(answer, Ok(expect));
    }
}

#[test]
fn too_slow_too_long_and_ended_badly_are_no_answer() {
    let check = |name: &str, script: &str, expect: &str| {
        let begin = Instant::now();
        if let Some(answer) = ask(name, "/usr/bin/perl", script) {
            let why = answer.unwrap_err();
            assert!(why.contains(expect), "{name}: {why}");
            assert!(begin.elapsed() < Duration::from_secs(10), "{name}");
        }
    };
    check("slow", "$| = 1; print 'half'; sleep 600", "timed out");
    check("closed", "close STDOUT; sleep 600", "ended by a signal");
    check("long", "print 'x' x 1000 while 1", "too large");
    check("code", "print 'an answer'; exit 3", "code 3");
    check("memory", "my $x = 'x' x (1 << 28); print length $x", "code");
}
