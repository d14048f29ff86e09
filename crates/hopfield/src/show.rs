//! `hopfield show`: the patterns in the terminal.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use hopfield_arrays::write_whole;
use hopfield_database::{DatabaseFile, layers_chosen};
use hopfield_report::{Sheet, picture, png};
use hopfield_train::SavedRun;
use hopfield_train::printer::Printer;
use image::imageops::{FilterType, resize};
use image::{DynamicImage, GrayImage, RgbImage};
use serde_json::json;

use crate::arranged::OrderArgs;
use crate::error::{Error, at};
use crate::options::OutArgs;

/// Draw the patterns of a layer in the terminal.
///
/// Graphics (kitty, iTerm2, sixel) where the terminal has them, else coloured half blocks; plain characters if it has no colours
/// (NO_COLOR is set, or TERM is dumb), or if the output goes to a file or pipe. Similar patterns lie together.
#[derive(Debug, clap::Args)]
#[command(mut_arg("out", |arg| arg.help("Write a PNG file instead of drawing in the terminal")))]
pub(crate) struct Args {
    /// The run.
    run: PathBuf,

    /// The layer, counted from 0 at the input, or `all` [default: the last].
    #[arg(long, value_name = "K", value_parser = which)]
    layer: Option<Layer>,

    #[command(flatten)]
    order: OrderArgs,

    #[command(flatten)]
    out: OutArgs,
}

#[derive(Debug, Clone, Copy)]
enum Layer {
    All,
    One(usize),
}

fn which(text: &str) -> Result<Layer, String> {
    match text {
        "all" => Ok(Layer::All),
        number => number.parse().map(Layer::One).map_err(|_| "allowed: a number, or all".into()),
    }
}

/// Columns of a drawing that goes to a file or pipe.
const COLUMNS: u32 = 80;
/// From black to white.
const TONES: &[u8] = b" .:-=+*#%@";
/// Graphics are enlarged to this width.
const GRAPHICS_WIDTH: usize = 1000;

pub(crate) fn run(args: &Args, printer: &Printer) -> Result<(), Error> {
    let run = SavedRun::find(&args.run)?;
    let out = args.out.file()?;
    let mut file = DatabaseFile::open(run.patterns())?;
    let count = file.manifest.layers.len();
    let layers = match args.layer {
        Some(Layer::All) => layers_chosen(None, count)?,
        Some(Layer::One(layer)) => layers_chosen(Some(layer), count)?,
        None => vec![count - 1],
    };
    let (arrangement, left_out) = args.order.arrangement(&mut file, &layers, printer)?;
    let sheet = picture(&mut file, &layers, arrangement.as_ref())?;
    if let Some(path) = &out {
        write_whole(path, |out| out.write_all(&png(sheet.clone()))).map_err(at(path))?;
    }
    printer.data(&json!({ "run": args.run, "layers": layers, "left_out": left_out, "file": out }));
    if let Some(path) = &out {
        printer.result(&path.display().to_string());
    } else if printer.shows_results() {
        draw(&sheet, printer)?;
    }
    Ok(())
}

fn draw(sheet: &Sheet, printer: &Printer) -> Result<(), Error> {
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = env::var_os("TERM").is_none_or(|term| term == "dumb");
    if !io::stdout().is_terminal() || is_set("NO_COLOR") || is_dumb {
        printer.text(&in_characters(&image(sheet).into_luma8()));
        return Ok(());
    }
    let has_graphics = viuer::is_iterm_supported()
        || viuer::get_kitty_support() != viuer::KittySupport::None
        || viuer::is_sixel_supported();
    let columns = u32::from(viuer::terminal_size().0);
    let (sheet, width) = if has_graphics {
        (sheet.clone().enlarged(GRAPHICS_WIDTH), None)
    } else {
        let [width, _] = sheet.size();
        (sheet.clone(), Some(columns.min(width as u32)))
    };
    let config = viuer::Config { absolute_offset: false, width, ..viuer::Config::default() };
    viuer::print(&image(&sheet), &config)?;
    Ok(())
}

fn image(sheet: &Sheet) -> DynamicImage {
    let [width, height] = sheet.size().map(|pixels| pixels as u32);
    let pixels = sheet.pixels().to_vec();
    let image = match sheet.is_coloured() {
        true => RgbImage::from_raw(width, height, pixels).map(DynamicImage::from),
        false => GrayImage::from_raw(width, height, pixels).map(DynamicImage::from),
    };
    image.expect("a sheet has all its pixels")
}

/// A picture in characters, which are twice as high as wide.
fn in_characters(picture: &GrayImage) -> String {
    let (width, height) = picture.dimensions();
    let columns = width.min(COLUMNS);
    let rows = (height * columns / width.max(1) / 2).max(1);
    let small = resize(picture, columns, rows, FilterType::Triangle);
    // Thin strokes have become grey.
    let bright = |tone: u8| (f64::from(tone) / 255.0).powf(0.7) * (TONES.len() - 1) as f64;
    let character = |&tone: &u8| char::from(TONES[bright(tone).round() as usize]);
    let line = |row: &[u8]| row.iter().map(character).collect::<String>().trim_end().to_owned();
    small.as_raw().chunks_exact(columns as usize).map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tones_become_characters() {
        let picture = GrayImage::from_raw(4, 4, [0, 128, 255, 0].repeat(4)).unwrap();
        assert_eq!(in_characters(&picture), " *@\n *@");
    }
}
