//! units, with what people call them.

/// units with what people call them. a name that stands in the phrase itself is pointed at there.
pub const UNITS: &[(&str, &[&str])] = &[
    (
        "llm-osd",
        &[
            "the executor",
            "the os daemon",
            "the osd service",
            "the executor daemon",
            "the main daemon",
            "the llm os service",
            "the os service",
        ],
    ),
    (
        "llm-modeld",
        &[
            "the model service",
            "the model runner",
            "the language model",
            "the model server",
            "the model process",
            "the ai model",
            "the model",
            "modeld",
            "the llm",
            "the ai service",
        ],
    ),
    (
        "llmsh",
        &[
            "the shell",
            "the shell service",
            "the llm shell",
            "the console",
            "the command shell",
        ],
    ),
    (
        "llm-netd",
        &[
            "the network",
            "the network daemon",
            "networking",
            "the networking service",
            "the net service",
            "the network manager",
            "netd",
            "the network stack",
        ],
    ),
    (
        "llm-agentd",
        &[
            "the agent service",
            "the agents",
            "the agent daemon",
            "agentd",
        ],
    ),
    (
        "llm-displayd",
        &[
            "the display service",
            "the display server",
            "the screen daemon",
            "the graphics service",
            "the display",
        ],
    ),
    (
        "llm-updated",
        &[
            "the update service",
            "the updater",
            "the update daemon",
            "automatic updates",
        ],
    ),
    (
        "web",
        &[
            "the web server",
            "the web service",
            "the web daemon",
            "the website",
            "the http server",
            "my web server",
        ],
    ),
    (
        "nginx",
        &[
            "the nginx server",
            "nginx server",
            "the web server",
            "the http server",
            "the webserver",
        ],
    ),
    (
        "httpd",
        &[
            "the http daemon",
            "the web server",
            "the http server",
            "apache",
        ],
    ),
    (
        "sshd",
        &[
            "ssh",
            "the ssh server",
            "the ssh daemon",
            "the ssh service",
            "secure shell",
            "remote login",
        ],
    ),
    (
        "crond",
        &[
            "cron",
            "the cron daemon",
            "the scheduler",
            "the cron service",
        ],
    ),
    (
        "postgres",
        &[
            "the database",
            "the postgres database",
            "the db",
            "the sql server",
            "the database server",
            "postgresql",
        ],
    ),
    (
        "mysqld",
        &[
            "mysql",
            "the mysql database",
            "the database",
            "the database server",
        ],
    ),
    (
        "redis",
        &[
            "the redis cache",
            "the cache server",
            "the key value store",
            "the redis server",
        ],
    ),
    (
        "mosquitto",
        &["the mqtt broker", "the broker", "the mqtt server", "mqtt"],
    ),
    (
        "dnsmasq",
        &[
            "the dns server",
            "the name server",
            "the dns service",
            "dns",
        ],
    ),
    (
        "ntpd",
        &[
            "the time service",
            "the ntp daemon",
            "time sync",
            "the clock sync",
            "the ntp service",
        ],
    ),
    (
        "cupsd",
        &[
            "the printer service",
            "printing",
            "the print server",
            "the print service",
            "cups",
        ],
    ),
    (
        "bluetoothd",
        &["bluetooth", "the bluetooth service", "the bluetooth daemon"],
    ),
    (
        "backup",
        &[
            "the backup service",
            "the backup job",
            "the backup daemon",
            "the nightly backup",
        ],
    ),
    (
        "postfix",
        &[
            "the mail server",
            "the mail service",
            "email",
            "the smtp server",
        ],
    ),
    (
        "chat",
        &["the chat server", "the chat service", "the chat bot"],
    ),
    (
        "camera",
        &[
            "the camera service",
            "the camera",
            "the webcam service",
            "the camera daemon",
        ],
    ),
    (
        "sensors",
        &["the sensor service", "the sensor daemon", "the sensors"],
    ),
    (
        "player",
        &["the music player", "the media player", "the player service"],
    ),
    (
        "syncthing",
        &[
            "the sync service",
            "file sync",
            "the file synchronisation",
            "the sync daemon",
        ],
    ),
    (
        "proxy",
        &["the proxy server", "the proxy service", "the web proxy"],
    ),
    (
        "openvpn",
        &["the vpn", "the vpn service", "the vpn server", "the tunnel"],
    ),
    ("dhcpd", &["the dhcp server", "dhcp", "the dhcp service"]),
    (
        "firewall",
        &[
            "the firewall service",
            "the packet filter",
            "the firewall daemon",
        ],
    ),
    (
        "smbd",
        &[
            "samba",
            "the file server",
            "the windows shares",
            "the samba server",
            "the smb service",
        ],
    ),
    (
        "dockerd",
        &[
            "docker",
            "the docker daemon",
            "the container service",
            "the containers",
        ],
    ),
    (
        "grafana",
        &[
            "the dashboard",
            "the grafana dashboard",
            "the monitoring dashboard",
        ],
    ),
    (
        "homebridge",
        &[
            "the home bridge",
            "the smart home service",
            "home automation",
        ],
    ),
    (
        "weather",
        &[
            "the weather station",
            "the weather service",
            "the weather daemon",
        ],
    ),
    (
        "kiosk",
        &["the kiosk", "the kiosk service", "the kiosk browser"],
    ),
    (
        "journald",
        &[
            "the journal service",
            "the log daemon",
            "the logging service",
        ],
    ),
    (
        "udevd",
        &["the device manager", "udev", "the device service"],
    ),
    (
        "watchdog",
        &[
            "the watchdog service",
            "the watchdog daemon",
            "the hardware watchdog",
        ],
    ),
];
