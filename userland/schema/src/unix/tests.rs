//! what is read, and what is left alone.

use super::*;

fn table() -> CapabilityTable {
    serde_json::from_str(include_str!("../../../capability/capabilities.json")).unwrap()
}

#[test]
fn lines_are_read() {
    let table = table();
    for (line, plan) in [
        (
            "ls -la /etc/ssh",
            r#"[{"type":"list_dir","path":"/etc/ssh"}]"#,
        ),
        ("ls -1", r#"[{"type":"list_dir","path":"."}]"#),
        (
            "cat a.txt b.txt",
            r#"[{"type":"read_file","path":"a.txt"},{"type":"read_file","path":"b.txt"}]"#,
        ),
        (
            "head -c 4k log.1",
            r#"[{"type":"read_file","path":"log.1","max_bytes":4096}]"#,
        ),
        (
            "cp -r site site.old",
            r#"[{"type":"copy_file","from":"site","to":"site.old"}]"#,
        ),
        (
            "sudo mv 'a b' c",
            r#"[{"type":"move_file","from":"a b","to":"c"}]"#,
        ),
        (
            "rm -rf docs",
            r#"[{"type":"delete_file","path":"docs","recursive":true}]"#,
        ),
        (
            "rm x.txt y",
            r#"[{"type":"delete_file","path":"x.txt"},{"type":"delete_file","path":"y"}]"#,
        ),
        ("mkdir -p a/b", r#"[{"type":"make_dir","path":"a/b"}]"#),
        (
            "chmod 640 key.pub",
            r#"[{"type":"set_mode","path":"key.pub","mode":"640"}]"#,
        ),
        (
            "echo hi there >> log",
            r#"[{"type":"append_file","path":"log","content":"hi there"}]"#,
        ),
        (
            "echo \"a; b > c\" > d",
            r#"[{"type":"write_file","path":"d","content":"a; b > c"}]"#,
        ),
        (
            "find /var/log -type f -name '*.gz'",
            r#"[{"type":"find_files","path":"/var/log","name":"*.gz"}]"#,
        ),
        (
            "grep -rn 'listen 80' /etc",
            r#"[{"type":"find_files","path":"/etc","contains":"listen 80"}]"#,
        ),
        ("free -h", r#"[{"type":"system_info","what":"memory"}]"#),
        (
            "ps aux --sort=-%mem",
            r#"[{"type":"process_list","sort":"memory"}]"#,
        ),
        (
            "kill -9 2087",
            r#"[{"type":"process_control","action":"signal","pid":2087,"signal":"KILL"}]"#,
        ),
        (
            "pkill -HUP nginx",
            r#"[{"type":"process_control","action":"signal","pid":"nginx","signal":"HUP"}]"#,
        ),
        (
            "renice -n 5 -p 812",
            r#"[{"type":"process_control","action":"nice","pid":812,"nice":5}]"#,
        ),
        (
            "systemctl restart web.service",
            r#"[{"type":"service_control","action":"restart","unit":"web"}]"#,
        ),
        (
            "journalctl -u web -n20 --no-pager",
            r#"[{"type":"read_log","unit":"web","lines":20}]"#,
        ),
        (
            "shutdown -r +5",
            r#"[{"type":"power","action":"reboot","delay_sec":300}]"#,
        ),
        ("shutdown -c", r#"[{"type":"power","action":"cancel"}]"#),
        (
            "date -s '2031-01-02 03:04'",
            r#"[{"type":"set_time","time":"2031-01-02 03:04"}]"#,
        ),
        (
            "timedatectl set-timezone Asia/Tokyo",
            r#"[{"type":"set_timezone","zone":"Asia/Tokyo"}]"#,
        ),
        (
            "sudo apt-get install -y vim git",
            r#"[{"type":"install_packages","packages":["vim","git"],"manager":"apt"}]"#,
        ),
        (
            "sudo apt remove flask",
            r#"[{"type":"remove_packages","packages":["flask"]}]"#,
        ),
        (
            "ip link set dev eth1 down",
            r#"[{"type":"network","action":"down","interface":"eth1"}]"#,
        ),
        (
            "ping -c 3 10.0.0.1",
            r#"[{"type":"network","action":"ping","host":"10.0.0.1"}]"#,
        ),
        (
            "nmcli dev wifi connect 'Blue Door' password 'two words'",
            r#"[{"type":"network","action":"wifi_join","ssid":"Blue Door","password":"two words"}]"#,
        ),
        (
            "umount /mnt/stick",
            r#"[{"type":"unmount","path":"/mnt/stick"}]"#,
        ),
        (
            "mkfs.vfat /dev/sdb1",
            r#"[{"type":"format","device":"/dev/sdb1","filesystem":"vfat"}]"#,
        ),
        (
            "xrandr --output HDMI-1 --mode 1280x720",
            r#"[{"type":"display","action":"set_mode","output":"HDMI-1","mode":"1280x720"}]"#,
        ),
        (
            "ln -s /opt/v2 live",
            r#"[{"type":"exec","argv":["ln","-s","/opt/v2","live"]}]"#,
        ),
        (
            "$ sudo iptables -L -n",
            r#"[{"type":"exec","argv":["iptables","-L","-n"],"as_root":true}]"#,
        ),
        (
            "cd fw && CC=clang make -j4 all",
            r#"[{"type":"exec","argv":["make","-j4","all"],"cwd":"fw","env":{"CC":"clang"}}]"#,
        ),
        (
            "tar czf d.tgz d && rm -r d",
            r#"[{"type":"exec","argv":["tar","czf","d.tgz","d"]},{"type":"delete_file","path":"d","recursive":true}]"#,
        ),
        (
            "git commit -m 'the first; with all' ;",
            r#"[{"type":"exec","argv":["git","commit","-m","the first; with all"]}]"#,
        ),
        (
            "cd /tmp; rm -rf build",
            r#"[{"type":"delete_file","path":"/tmp/build","recursive":true}]"#,
        ),
        (
            "/bin/rm -r older",
            r#"[{"type":"delete_file","path":"older","recursive":true}]"#,
        ),
        (
            "shutdown -r",
            r#"[{"type":"power","action":"reboot","delay_sec":60}]"#,
        ),
        (
            "systemctl disable --now web",
            r#"[{"type":"service_control","action":"disable","unit":"web"},{"type":"service_control","action":"stop","unit":"web"}]"#,
        ),
        (
            "sed -i \"s/a\\.b/c/\" f.txt",
            r#"[{"type":"exec","argv":["sed","-i","s/a\\.b/c/","f.txt"]}]"#,
        ),
        (
            "npm uninstall left-pad",
            r#"[{"type":"exec","argv":["npm","uninstall","left-pad"]}]"#,
        ),
    ] {
        let got = read(&table, line).map(|plan| serde_json::to_string(&plan).unwrap());
        assert_eq!(got.as_deref(), Some(plan), "{line}");
    }
}

#[test]
fn what_is_not_understood_to_its_end_is_left_alone() {
    let table = table();
    for line in [
        "",
        ";",
        "rm",
        "rm *.txt",
        "rm the copy, keep the rest",
        "rm -rf --no-preserve-root /",
        "cat photos",
        "cat a.txt | sort",
        "cat $HOME/x",
        "ls ~/x",
        "echo hi",
        "echo `reboot` > a",
        "echo \"$(reboot)\" > a",
        "echo hi > /dev/sda",
        "echo hi > a > b",
        "echo hi >",
        "echo hi 2> a",
        "echo 'open",
        "kill nginx",
        "kill -9",
        "kill -77 5",
        "kill the lights",
        "make test",
        "make notes.txt",
        "make me a sandwich -now",
        "sudo make me a sandwich",
        "find my keys",
        "find photos",
        "grep -r a.b /etc",
        "shutdown -h tomorrow",
        "reboot the box",
        "date tomorrow",
        "service desk",
        "ping the router",
        "git it done for me",
        "mount the stick",
        "install python3",
        "install vim",
        "systemctl restart",
        "systemctl daemon-reload",
        "journalctl -f",
        "chmod +x run.sh",
        "cd /tmp",
        "cd a && cd b && make -j2",
        "ls & rm -r /",
        "tar xf a.tgz > b",
        "sudo",
        "A=1",
        "web && mqtt",
        "/dev/sdb1 clean slate",
        "rm -r '~/docs'",
        "rm -rf \\~",
        "sudo rm -rf --no-preserve-root /",
        "/bin/rm --one-file-system x",
        "sudo -u bob git pull --rebase",
        "rm -rf ..",
        "rm \"-rf\" docs",
        "rm 'a'*.txt",
        "echo all: *.txt > list",
        "echo hello > greeting.txt, thanks",
        "echo x > //dev/sda",
        "more info about /etc/hosts",
        "rm john's and mary's photos",
        "rm logs notes photos",
        "rm logs notes",
        "./2 0 /",
        "./976:84//.,,,12 5",
        "pacman -Ss vim",
        "journalctl -u web -u sshd",
        "pkill -9 'web.*'",
        "egrep -rn 'error|warn' /var/log",
        "mount /dev/sdb1 read-only",
        "dig up logs",
        "docker restart",
        "cd ~ && rm x",
        "/opt/extra off",
        "/cancel",
        "mv one, two, three there",
        "tar czf b.tgz photos max forty minutes",
        "renice 10 415 416",
    ] {
        assert_eq!(read(&table, line), None, "{line}");
    }
}

#[test]
fn a_grave_line_that_is_half_understood_is_known_as_such() {
    let table = table();
    for (line, expect) in [
        ("apt-get -s remove vim", true),
        ("ls old2 || rm -r old2", true),
        ("shutdown -k now2", true),
        ("sudo rm -rf --no-preserve-root /", true),
        ("rm -rf docs", false),
        ("ls -R x | grep y", false),
        ("kill the music -now", false),
        ("remove -x", false),
    ] {
        assert_eq!(is_half_understood(&table, line), expect, "{line}");
    }
}
