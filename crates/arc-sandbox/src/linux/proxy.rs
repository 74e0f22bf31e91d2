//! The way out of a sandbox that may speak to some hosts only: a proxy for HTTP and for tunnels (`CONNECT`). It runs outside, in a thread of
//! ours; its listener was made inside, in the network of the sandbox, which has no other way out.

use std::io::{self, Read as _, Write as _};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs as _};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::Host;

/// The variables by which programs know of a proxy.
pub(super) const VARIABLES: &[&str] = &[
    "ALL_PROXY",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "all_proxy",
    "http_proxy",
    "https_proxy",
];

/// Connections at one time.
const MOST: usize = 64;
/// The head of a request is no longer.
const LONGEST_HEAD: usize = 16 << 10;
/// How long a head or a connection may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How often a thread looks whether it is to end.
const TICK: Duration = Duration::from_millis(100);

/// A proxy that serves until it is dropped.
pub(super) struct Proxy {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Serves the listener.
    pub(super) fn start(listener: OwnedFd, hosts: &[Host]) -> io::Result<Proxy> {
        let listener = TcpListener::from(listener);
        listener.set_nonblocking(true)?;
        let stop = Arc::new(AtomicBool::new(false));
        let (told, hosts): (_, Arc<[Host]>) = (Arc::clone(&stop), hosts.into());
        let thread = thread::Builder::new()
            .name("proxy".to_owned())
            .spawn(move || serve(&listener, &hosts, &told))?;
        Ok(Proxy {
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A thread of ours that panicked serves nobody any more.
            let _ = thread.join();
        }
    }
}

fn serve(listener: &TcpListener, hosts: &Arc<[Host]>, stop: &Arc<AtomicBool>) {
    let open = Arc::new(AtomicUsize::new(0));
    while !stop.load(Ordering::Relaxed) {
        let Ok((client, _)) = listener.accept() else {
            // Nobody is there. What else can go wrong goes wrong for the command, which hears nothing.
            wait(listener);
            continue;
        };
        if open.load(Ordering::Relaxed) >= MOST {
            continue;
        }
        open.fetch_add(1, Ordering::Relaxed);
        let (hosts, stop, counted) = (Arc::clone(hosts), Arc::clone(stop), Arc::clone(&open));
        let started = thread::Builder::new().spawn(move || {
            // The command learns from its end of the connection how it went.
            let _ = connection(client, &hosts, &stop);
            counted.fetch_sub(1, Ordering::Relaxed);
        });
        if started.is_err() {
            open.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

fn wait(listener: &TcpListener) {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let timeout = Timespec::try_from(TICK).ok();
    // Woken early we look again.
    let _ = poll(
        &mut [PollFd::new(listener, PollFlags::IN)],
        timeout.as_ref(),
    );
}

/// What is asked for: where to, and what is to be sent there first.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    host: String,
    port: u16,
    /// Empty for a tunnel.
    first: Vec<u8>,
}

fn connection(mut client: TcpStream, hosts: &[Host], stop: &AtomicBool) -> io::Result<()> {
    client.set_nonblocking(false)?;
    client.set_read_timeout(Some(TICK))?;
    client.set_write_timeout(Some(PATIENCE))?;
    let Some((head, rest)) = head(&mut client, stop)? else {
        return refuse(
            &mut client,
            "400 Bad Request",
            "no request that a proxy takes",
        );
    };
    let Some(asked) = asked(&head) else {
        return refuse(
            &mut client,
            "400 Bad Request",
            "no request that a proxy takes",
        );
    };
    if !hosts
        .iter()
        .any(|host| host.allows(&asked.host, asked.port))
    {
        let why = format!(
            "{}:{} is none of the hosts of --net",
            asked.host, asked.port
        );
        return refuse(&mut client, "403 Forbidden", &why);
    }
    let mut server = match connect(&asked) {
        Ok(server) => server,
        Err(error) => return refuse(&mut client, "502 Bad Gateway", &error.to_string()),
    };
    server.set_read_timeout(Some(TICK))?;
    server.set_write_timeout(Some(PATIENCE))?;
    if asked.first.is_empty() {
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    } else {
        server.write_all(&asked.first)?;
    }
    server.write_all(&rest)?;
    let (from, to) = (client.try_clone()?, server.try_clone()?);
    thread::scope(|scope| {
        scope.spawn(|| pass_on(from, to, stop));
        pass_on(server, client, stop);
    });
    Ok(())
}

/// Copies one direction to its end.
fn pass_on(mut from: TcpStream, mut to: TcpStream, stop: &AtomicBool) {
    let mut buffer = vec![0; 1 << 16];
    while !stop.load(Ordering::Relaxed) {
        match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) if to.write_all(&buffer[..length]).is_ok() => {}
            Err(error) if is_early(&error) => {}
            Ok(_) | Err(_) => break,
        }
    }
    // The other side hears that nothing more comes, if it still listens.
    let _ = to.shutdown(Shutdown::Write);
}

fn is_early(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}

/// The head of a request, and what came behind it already.
fn head(client: &mut TcpStream, stop: &AtomicBool) -> io::Result<Option<(String, Vec<u8>)>> {
    let start = Instant::now();
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    while bytes.len() < LONGEST_HEAD && start.elapsed() < PATIENCE && !stop.load(Ordering::Relaxed)
    {
        match client.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => bytes.extend_from_slice(&buffer[..length]),
            Err(error) if is_early(&error) => continue,
            Err(error) => return Err(error),
        }
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let rest = bytes.split_off(end + 4);
            return Ok(String::from_utf8(bytes).ok().map(|head| (head, rest)));
        }
    }
    Ok(None)
}

/// What the head of a request asks for: `CONNECT host:port`, or a method with a whole address.
fn asked(head: &str) -> Option<Asked> {
    let mut lines = head.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    if words.next().is_some() || !version.starts_with("HTTP/1.") {
        return None;
    }
    if method == "CONNECT" {
        let (host, port) = place(target, None)?;
        return Some(Asked {
            host,
            port,
            first: Vec::new(),
        });
    }
    let rest = target.strip_prefix("http://")?;
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    // A name and a password before the host are none of ours.
    let (host, port) = place(authority.rsplit('@').next()?, Some(80))?;
    let slash = if path.starts_with('/') { "" } else { "/" };
    let mut first = format!("{method} {slash}{path} {version}\r\n");
    for line in lines.take_while(|line| !line.is_empty()) {
        let name = line.split(':').next()?.trim().to_ascii_lowercase();
        // One request for each connection: the next may be for another host.
        if !matches!(name.as_str(), "connection" | "keep-alive") && !name.starts_with("proxy-") {
            first.push_str(line);
            first.push_str("\r\n");
        }
    }
    first.push_str("Connection: close\r\n\r\n");
    Some(Asked {
        host,
        port,
        first: first.into_bytes(),
    })
}

/// A host and its port, of an address in brackets too.
fn place(text: &str, usual: Option<u16>) -> Option<(String, u16)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            (host, port.strip_prefix(':'))
        }
        None => match text.rsplit_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let port = match port {
        Some(port) => port.parse().ok()?,
        None => usual?,
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    (!host.is_empty()).then_some((host, port))
}

/// Connects to an allowed host. A name that leads to this machine or its neighborhood is refused: whoever answers for the name is not
/// whoever allowed it.
fn connect(asked: &Asked) -> io::Result<TcpStream> {
    let named: Option<IpAddr> = asked.host.parse().ok();
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in (asked.host.as_str(), asked.port).to_socket_addrs()? {
        if named.is_none() && asked.host != "localhost" && is_near(address) {
            last = io::Error::other("its name leads to this machine");
            continue;
        }
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(server) => return Ok(server),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn is_near(address: SocketAddr) -> bool {
    match address.ip().to_canonical() {
        IpAddr::V4(ip) => {
            ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_link_local()
                || ip.is_multicast()
                || ip.is_broadcast()
        }
        IpAddr::V6(ip) => {
            ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_unicast_link_local()
                || ip.is_multicast()
        }
    }
}

fn refuse(client: &mut TcpStream, status: &str, why: &str) -> io::Result<()> {
    let body = format!("arc: {why}\n");
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    client.write_all(head.as_bytes())?;
    client.write_all(body.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tunnel(text: &str) -> Option<(String, u16)> {
        let asked = asked(&format!("CONNECT {text} HTTP/1.1\r\n\r\n"))?;
        assert!(asked.first.is_empty());
        Some((asked.host, asked.port))
    }

    #[test]
    fn tunnels_name_a_host_and_a_port() {
        assert_eq!(tunnel("Example.org:443"), Some(("example.org".into(), 443)));
        assert_eq!(tunnel("[::1]:80"), Some(("::1".into(), 80)));
        for wrong in [
            "example.org",
            "example.org:x",
            ":443",
            "example.org:99999",
            "a b:1",
        ] {
            assert_eq!(tunnel(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_request_goes_on_without_what_was_for_the_proxy() {
        let head = "GET http://me:pw@Example.org:8080?q HTTP/1.1\r\nHost: example.org\r\nProxy-Authorization: x\r\nConnection: keep-alive\r\n\r\n";
        let asked = asked(head).expect("a request");
        assert_eq!((asked.host.as_str(), asked.port), ("example.org", 8080));
        assert_eq!(
            String::from_utf8_lossy(&asked.first),
            "GET /?q HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n\r\n"
        );
        for wrong in [
            "GET / HTTP/1.1\r\n\r\n",
            "GET https://a/ HTTP/1.1\r\n\r\n",
            "x\r\n\r\n",
            "\r\n\r\n",
        ] {
            assert_eq!(super::asked(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_that_lead_to_this_machine_are_told_from_others() {
        for (address, is_so) in [
            ("127.0.0.1:80", true),
            ("169.254.169.254:80", true),
            ("[::1]:80", true),
            ("[::ffff:127.0.0.1]:80", true),
            ("0.0.0.0:80", true),
            ("10.0.0.1:80", false),
            ("93.184.216.34:443", false),
        ] {
            assert_eq!(
                is_near(address.parse().expect("an address")),
                is_so,
                "{address}"
            );
        }
    }
}
