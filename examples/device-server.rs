//! Lends this machine's device to trainings on others, until Ctrl-C.
//!
//!   HOPFIELD_TOKEN=secret cargo run --release -p hopfield-examples --features remote --example device-server -- 3000 [DEVICE]
//!   HOPFIELD_TOKEN=secret train CONFIG --set 'devices=["flex", "remote:ws://HOST:3000"]'      (built with --features remote)
//!
//! The connection is not encrypted: the token keeps strangers out of a network that you trust, nobody who listens.
#![allow(clippy::print_stdout)]

use std::error::Error;

use burn::server::{RemoteServer, TokenAuthorizer, WebSocketTransport};
use hopfield_train::device::{self, TOKEN};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let port: u16 = args.first().ok_or("needed is a port, such as 3000")?.parse()?;
    let name = args.get(1).map_or(device::default(), String::as_str);
    let device = device::open(name)?;
    let token = std::env::var(TOKEN).map_err(|_| format!("{TOKEN} is not set"))?;
    println!("{name} on port {port}");
    let server = RemoteServer::new([device]).with_authorizer(TokenAuthorizer::new(token)?);
    Ok(server.serve(WebSocketTransport::new(port))?)
}
