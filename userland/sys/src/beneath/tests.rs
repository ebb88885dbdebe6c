use super::*;
use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};

fn scratch(name: &str) -> PathBuf {
    let dir = std::env::temp_dir().join(format!("llm-os-beneath-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    dir
}

#[test]
fn the_longest_root_is_taken() {
    let check = |path: &str, root: &str, rest: &str| {
        assert_eq!(
            split(Path::new(path)).unwrap(),
            (root, PathBuf::from(rest)),
            "{path}"
        );
    };
    check("/data/home/x", "/data", "home/x");
    check("/data", "/data", "");
    check("/database", "/", "database");
    check("/sys/fs/cgroup/a", "/sys/fs/cgroup", "a");
    check("/", "/", "");
    assert!(split(Path::new("data")).is_err());
    assert!(split(Path::new("/data/../etc")).is_err());
}

#[test]
fn links_are_not_followed() {
    let dir = scratch("links");
    fs::write(dir.join("real"), "x").unwrap();
    fs::create_dir(dir.join("folder")).unwrap();
    fs::write(dir.join("folder/inner"), "y").unwrap();
    symlink("real", dir.join("link")).unwrap();
    symlink("folder", dir.join("way")).unwrap();
    symlink("/etc/passwd", dir.join("out")).unwrap();
    assert!(open_read(&dir.join("real")).is_ok());
    for bad in ["link", "way/inner", "out"] {
        let error = open_read(&dir.join(bad)).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ELOOP), "{bad}");
    }
    assert!(open_read(Path::new("/proc/self/exe")).is_err());
    fs::remove_dir_all(dir).unwrap();
}

#[test]
fn a_place_need_not_exist_and_root_has_none() {
    let dir = scratch("place");
    let place = open_place(&dir.join("new")).unwrap();
    assert_eq!(place.stat().unwrap_err().kind(), io::ErrorKind::NotFound);
    assert!(open_place(Path::new("/")).is_err());
    assert!(stat(Path::new("/")).is_ok());
    fs::remove_dir_all(dir).unwrap();
}

/// a thread swaps a directory and a link to the outside as fast as it can; not one read may come
/// from outside.
#[test]
fn an_exchanged_link_never_leads_out() {
    let dir = scratch("race");
    let outside = scratch("race-outside");
    fs::write(outside.join("f"), "outside").unwrap();
    fs::create_dir(dir.join("a")).unwrap();
    fs::write(dir.join("a/f"), "inside").unwrap();
    symlink(&outside, dir.join("b")).unwrap();
    let stop = AtomicBool::new(false);
    let (mut inside, mut refused) = (0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let here = fs::File::open(&dir).unwrap();
            while !stop.load(Ordering::Relaxed) {
                let flags = rustix::fs::RenameFlags::EXCHANGE;
                rustix::fs::renameat_with(&here, "a", &here, "b", flags).unwrap();
            }
        });
        for _ in 0..20_000 {
            match open_read(&dir.join("a/f")) {
                Ok(file) => {
                    assert_eq!(io::read_to_string(file).unwrap(), "inside");
                    inside += 1;
                }
                Err(_) => refused += 1,
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
    // both happened, so the race was run.
    assert!(
        inside > 0 && refused > 0,
        "{inside} inside, {refused} refused"
    );
    fs::remove_dir_all(dir).unwrap();
    fs::remove_dir_all(outside).unwrap();
}
