//! Where the client connects: a unix socket that only its owner can reach, or a TCP port of the loopback on Windows.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;

use crate::handshake::Invitation;

/// Bytes in both directions.
pub(crate) trait Io: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin + 'static> Io for T {}

/// A bound listener. Dropping it removes the socket.
pub(crate) enum Listener {
    /// Linux and macOS.
    #[cfg(unix)]
    Unix {
        /// Accepts the connections.
        listener: UnixListener,
        /// Where it stands.
        place: unix::SocketPlace,
    },
    /// Windows, and tests.
    #[cfg_attr(unix, allow(dead_code, reason = "unix systems use sockets"))]
    Tcp(TcpListener),
}

impl Listener {
    /// Binds what the client asked for.
    #[cfg(unix)]
    pub(crate) async fn bind(invitation: Option<&Invitation>) -> io::Result<Listener> {
        let directory = invitation.and_then(|invitation| invitation.socket_directory.as_deref());
        let group = invitation.and_then(|invitation| invitation.socket_group.as_deref());
        let (listener, place) = unix::bind(directory, group)?;
        Ok(Listener::Unix { listener, place })
    }

    /// Binds the first free port of the client's range.
    #[cfg(not(unix))]
    pub(crate) async fn bind(invitation: Option<&Invitation>) -> io::Result<Listener> {
        bind_tcp(invitation.map_or(0..=0, |invitation| invitation.ports.clone())).await.map(Listener::Tcp)
    }

    /// `unix` or `tcp`, as the handshake line has it.
    pub(crate) fn network(&self) -> &'static str {
        match self {
            #[cfg(unix)]
            Listener::Unix { .. } => "unix",
            Listener::Tcp(_) => "tcp",
        }
    }

    /// What to dial, as the handshake line has it.
    pub(crate) fn address(&self) -> io::Result<String> {
        match self {
            #[cfg(unix)]
            Listener::Unix { place, .. } => place.text(),
            Listener::Tcp(listener) => Ok(listener.local_addr()?.to_string()),
        }
    }

    /// The next connection.
    pub(crate) async fn accept(&self) -> io::Result<Box<dyn Io>> {
        match self {
            #[cfg(unix)]
            Listener::Unix { listener, .. } => Ok(Box::new(listener.accept().await?.0)),
            Listener::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Box::new(stream))
            }
        }
    }
}

/// Binds the first free port of the loopback.
#[cfg(any(not(unix), test))]
async fn bind_tcp(ports: std::ops::RangeInclusive<u16>) -> io::Result<TcpListener> {
    let mut last_error = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for port in ports {
        match TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, port)).await {
            Ok(listener) => return Ok(listener),
            Err(error) => last_error = error,
        }
    }
    Err(last_error)
}

/// Unix sockets.
#[cfg(unix)]
pub(crate) mod unix {
    use std::fs::{DirBuilder, Permissions, set_permissions};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt, chown};
    use std::path::{Path, PathBuf};

    use tokio::net::UnixListener;

    /// A crashed process of the same id may have left its directory behind.
    const ATTEMPTS: u32 = 100;

    /// A directory of our own with the socket in it. The directory, not the socket's mode, keeps others out: it exists
    /// with its mode before the socket does, so there is no moment in which another user could connect.
    pub(crate) struct SocketPlace {
        directory: PathBuf,
    }

    impl SocketPlace {
        /// One letter: the whole path may not be longer than about 100 bytes.
        fn socket(&self) -> PathBuf {
            self.directory.join("s")
        }

        /// The socket's path, for the handshake line.
        pub(crate) fn text(&self) -> io::Result<String> {
            let socket = self.socket();
            let text = socket.to_str().filter(|text| !text.contains(['|', '\n']));
            text.map(str::to_owned).ok_or_else(|| {
                io::Error::new(io::ErrorKind::InvalidInput, "the temporary directory's name does not fit a handshake")
            })
        }
    }

    impl Drop for SocketPlace {
        fn drop(&mut self) {
            // Nothing can be done about a failure, and the process is about to end.
            let _ = std::fs::remove_file(self.socket());
            let _ = std::fs::remove_dir(&self.directory);
        }
    }

    /// Binds a socket in the given directory, or in the first of the temporary ones that works.
    pub(crate) fn bind(directory: Option<&Path>, group: Option<&str>) -> io::Result<(UnixListener, SocketPlace)> {
        let Some(directory) = directory else {
            let usual = std::env::temp_dir();
            // A long TMPDIR makes a path that no socket can have.
            return bind_in(&usual, group).or_else(|error| bind_in(Path::new("/tmp"), group).map_err(|_| error));
        };
        bind_in(directory, group)
    }

    fn bind_in(parent: &Path, group: Option<&str>) -> io::Result<(UnixListener, SocketPlace)> {
        let place = SocketPlace { directory: make_directory(parent)? };
        place.text()?;
        let listener = UnixListener::bind(place.socket())?;
        match group {
            Some(group) => admit(group, &place)?,
            None => set_permissions(place.socket(), Permissions::from_mode(0o600))?,
        }
        Ok((listener, place))
    }

    fn make_directory(parent: &Path) -> io::Result<PathBuf> {
        let mut last_error = io::Error::from(io::ErrorKind::AlreadyExists);
        for attempt in 0..ATTEMPTS {
            let directory = parent.join(format!("plugin{}-{attempt}", std::process::id()));
            match DirBuilder::new().mode(0o700).create(&directory) {
                Ok(()) => return Ok(directory),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last_error = error,
                Err(error) => return Err(error),
            }
        }
        Err(last_error)
    }

    /// Lets a group use the socket, as `PLUGIN_UNIX_SOCKET_GROUP` asks.
    fn admit(group: &str, place: &SocketPlace) -> io::Result<()> {
        let group = group_id(group)?;
        let socket = place.socket();
        chown(&socket, None, Some(group))?;
        set_permissions(&socket, Permissions::from_mode(0o660))?;
        chown(&place.directory, None, Some(group))?;
        set_permissions(&place.directory, Permissions::from_mode(0o710))
    }

    fn group_id(group: &str) -> io::Result<u32> {
        if let Ok(number) = group.parse() {
            return Ok(number);
        }
        let groups = std::fs::read_to_string("/etc/group")?;
        find_group(&groups, group)
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "PLUGIN_UNIX_SOCKET_GROUP names no known group"))
    }

    /// Looks a name up in the text of a group file: `name:password:number:members`.
    fn find_group(groups: &str, name: &str) -> Option<u32> {
        groups.lines().find_map(|line| {
            let mut fields = line.split(':');
            let found = fields.next() == Some(name);
            found.then(|| fields.nth(1)?.parse().ok()).flatten()
        })
    }

    #[cfg(test)]
    mod tests {
        use std::os::unix::fs::MetadataExt;

        use super::*;

        #[tokio::test]
        async fn the_socket_is_the_owners_alone_and_goes_with_the_place() {
            let parent = tempfile::tempdir().unwrap();
            let (listener, place) = bind(Some(parent.path()), None).unwrap();
            let mode = |path: &Path| std::fs::metadata(path).unwrap().mode() & 0o777;
            assert_eq!(mode(&place.socket()), 0o600);
            assert_eq!(mode(&place.directory), 0o700);
            drop((listener, place));
            assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 0);
        }

        #[tokio::test]
        async fn two_sockets_fit_one_directory() {
            let parent = tempfile::tempdir().unwrap();
            let first = bind(Some(parent.path()), None).unwrap();
            let second = bind(Some(parent.path()), None).unwrap();
            assert_ne!(first.1.text().unwrap(), second.1.text().unwrap());
        }

        #[tokio::test]
        async fn a_group_may_be_admitted() {
            let parent = tempfile::tempdir().unwrap();
            let group = std::fs::metadata(parent.path()).unwrap().gid();
            let (_listener, place) = bind(Some(parent.path()), Some(&group.to_string())).unwrap();
            assert_eq!(std::fs::metadata(place.socket()).unwrap().mode() & 0o777, 0o660);
            assert_eq!(std::fs::metadata(&place.directory).unwrap().mode() & 0o777, 0o710);
        }

        #[tokio::test]
        async fn a_path_that_no_socket_can_have_is_an_error_and_leaves_nothing() {
            let parent = tempfile::tempdir().unwrap();
            let long = parent.path().join("x".repeat(120));
            std::fs::create_dir(&long).unwrap();
            assert!(bind(Some(&long), None).is_err());
            assert_eq!(std::fs::read_dir(&long).unwrap().count(), 0);
        }

        #[test]
        fn finds_groups_by_name() {
            let groups = "root:x:0:\nstaff:x:50:ann,bob\nbroken\n";
            for (name, expected) in [("root", Some(0)), ("staff", Some(50)), ("broken", None), ("nobody", None)] {
                assert_eq!(find_group(groups, name), expected, "{name}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn takes_the_first_free_port_of_the_range() {
        let taken = bind_tcp(0..=0).await.unwrap().local_addr().unwrap().port();
        let _holder = bind_tcp(taken..=taken).await.unwrap();
        assert!(bind_tcp(taken..=taken).await.is_err());
        let next = Listener::Tcp(bind_tcp(taken..=taken.saturating_add(50)).await.unwrap());
        assert_ne!(next.address().unwrap(), format!("127.0.0.1:{taken}"));
        assert_eq!(next.network(), "tcp");
    }
}
