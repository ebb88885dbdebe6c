//! what a program finds in its environment: a constant list, and the few variables that may be added.

/// the search path for programs, in this process too; never from anybody's environment.
pub(crate) const PATH: [&str; 2] = ["/usr/bin", "/bin"];

/// what every program is given.
const CONSTANT: [(&str, &str); 4] = [
    ("PATH", "/usr/bin:/bin"),
    ("LANG", "C.UTF-8"),
    ("TERM", "dumb"),
    ("SHELL", "/usr/bin/llmsh"),
];

/// variables that change how a program speaks and nothing else.
const ALLOWED: [&str; 8] = [
    "LANG",
    "LANGUAGE",
    "TZ",
    "TERM",
    "COLUMNS",
    "LINES",
    "NO_COLOR",
    "POSIXLY_CORRECT",
];

/// whether a plan may set it. a list of what is allowed, because a list of what is dangerous
/// (`LD_PRELOAD`, `PATH`, `IFS`, `BASH_ENV`, `PYTHONPATH`, …) is never complete.
pub(crate) fn may_set(name: &str) -> bool {
    ALLOWED.contains(&name) || locale(name)
}

/// `LC_ALL`, `LC_TIME` and the like; locale(7).
fn locale(name: &str) -> bool {
    name.strip_prefix("LC_")
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_uppercase()))
}

/// the whole environment, `KEY=value`, with what a plan added in place of the constants.
pub(crate) fn environment(user: &str, home: &str, added: &[(String, String)]) -> Vec<String> {
    let mut all: Vec<(String, String)> = CONSTANT
        .iter()
        .copied()
        .chain([("USER", user), ("LOGNAME", user), ("HOME", home)])
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    for (key, value) in added.iter().filter(|(key, _)| may_set(key)) {
        all.retain(|(there, _)| there != key);
        all.push((key.clone(), value.clone()));
    }
    all.into_iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dangerous_names_do_not_pass() {
        let names = "PATH LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT LD_DEBUG LD_ORIGIN_PATH LD_PROFILE \
            LD_SHOW_AUXV LD_USE_LOAD_BIAS LD_BIND_NOW LD_DYNAMIC_WEAK LD_HWCAP_MASK LD_POINTER_GUARD \
            GLIBC_TUNABLES GCONV_PATH GETCONF_DIR HOSTALIASES LOCALDOMAIN LOCPATH MALLOC_TRACE \
            MALLOC_CHECK_ MALLOC_ARENA_MAX NIS_PATH NLSPATH RESOLV_HOST_CONF RES_OPTIONS TMPDIR TMP TEMP \
            TZDIR IFS ENV BASH_ENV BASH_FUNC_x BASHOPTS SHELLOPTS PS1 PS4 PROMPT_COMMAND CDPATH GLOBIGNORE \
            HISTFILE HOME USER LOGNAME SHELL MAIL MAILPATH OLDPWD PWD EDITOR VISUAL PAGER BROWSER LESS \
            LESSOPEN LESSCLOSE LESSSECURE MANPAGER MANOPT GIT_SSH GIT_SSH_COMMAND GIT_EXEC_PATH GIT_DIR \
            GIT_CONFIG GIT_EXTERNAL_DIFF GIT_PAGER PYTHONPATH PYTHONHOME PYTHONSTARTUP PYTHONINSPECT \
            PYTHONUSERBASE PYTHONEXECUTABLE PYTHONBREAKPOINT PERL5LIB PERLLIB PERL5OPT PERL5DB PERLIO \
            RUBYLIB RUBYOPT NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS JAVA_TOOL_OPTIONS _JAVA_OPTIONS \
            JDK_JAVA_OPTIONS CLASSPATH LUA_PATH LUA_CPATH LUA_INIT PHPRC PHP_INI_SCAN_DIR TCLLIBPATH \
            R_PROFILE R_ENVIRON RUSTC RUSTFLAGS RUSTC_WRAPPER CARGO_HOME RUST_LOG RUST_BACKTRACE \
            SSLKEYLOGFILE SSL_CERT_FILE SSL_CERT_DIR OPENSSL_CONF OPENSSL_ENGINES CURL_CA_BUNDLE CURL_HOME \
            HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy SSH_AUTH_SOCK SSH_ASKPASS \
            SUDO_ASKPASS SUDO_EDITOR SUDO_USER DISPLAY XAUTHORITY WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS \
            DBUS_SYSTEM_BUS_ADDRESS XDG_CONFIG_HOME XDG_CONFIG_DIRS XDG_DATA_DIRS XDG_RUNTIME_DIR TERMINFO \
            TERMINFO_DIRS TERMCAP TERMPATH TEXTDOMAINDIR OUTPUT_CHARSET KRB5_CONFIG KRB5CCNAME \
            NOTIFY_SOCKET LISTEN_FDS LISTEN_PID LLM_OS_SOCKET_FD MAKEFLAGS CC CXX LD AR CFLAGS ASAN_OPTIONS \
            UBSAN_OPTIONS TSAN_OPTIONS LLVM_PROFILE_FILE QEMU_LD_PREFIX GTK_MODULES GTK_PATH QT_PLUGIN_PATH \
            GDK_PIXBUF_MODULE_FILE GIO_EXTRA_MODULES GST_PLUGIN_PATH VIMINIT EXINIT EMACSLOADPATH \
            ZDOTDIR FPATH KSH_ENV FCEDIT INPUTRC SCREENDIR TMUX_TMPDIR LC_ LC_all LC_A=B lang path Path \
            ld_preload _ _RLD_LIST DYLD_INSERT_LIBRARIES LIBPATH SHLIB_PATH AUTHSTATE GOPATH GOFLAGS GOROOT GHCRTS ERL_LIBS ERL_AFLAGS OCAMLRUNPARAM \
            GUILE_LOAD_PATH DOTNET_STARTUP_HOOKS COR_PROFILER DOCKER_HOST KUBECONFIG AWS_PROFILE ANSIBLE_CONFIG \
            TAR_OPTIONS GREP_OPTIONS LS_COLORS XZ_OPT ZIPOPT RSYNC_RSH CVS_RSH PERL_HASH_SEED COLUMNSX TZX";
        let names: Vec<&str> = names.split_whitespace().collect();
        assert!(names.len() >= 200, "{}", names.len());
        for name in names {
            assert!(!may_set(name), "{name}");
        }
        for name in ["LANG", "LC_ALL", "LC_TIME", "TZ", "COLUMNS"] {
            assert!(may_set(name), "{name}");
        }
    }

    #[test]
    fn an_added_variable_replaces_the_constant_and_others_are_dropped() {
        let added = [("TERM", "vt100"), ("PATH", "/evil"), ("LC_ALL", "C")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()));
        let all = environment("operator", "/home", &added);
        let paths: Vec<&String> = all.iter().filter(|one| one.starts_with("PATH=")).collect();
        assert_eq!(paths, ["PATH=/usr/bin:/bin"]);
        assert!(all.contains(&"TERM=vt100".to_owned()) && !all.contains(&"TERM=dumb".to_owned()));
        assert!(all.contains(&"LC_ALL=C".to_owned()));
    }
}
