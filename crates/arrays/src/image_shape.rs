//! The shape of an image.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Height, width and channels of an image: one channel if it is grey, three (red, green and blue) if it is in colour. The numbers of an
/// image are ordered so that the channels of a pixel stand together, pixels from left to right, rows from the top.
///
/// In JSON and TOML: `[28, 28]`, `[32, 32, 3]`. In text: `28x28`, `32x32x3`; [`fmt::Display`] is for people: `28 × 28`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<usize>", into = "Vec<usize>")]
pub struct ImageShape {
    height: usize,
    width: usize,
    channels: usize,
}

/// What a shape must be.
const ALLOWED: &str =
    "height and width, or height, width and channels (1 for grey, 3 for colour), each above 0";

impl ImageShape {
    /// The shape of these images, `[height, width]` or `[height, width, channels]`.
    ///
    /// # Errors
    ///
    /// It is no shape of images.
    pub fn new(shape: &[usize]) -> Result<Self, &'static str> {
        let [height, width, channels] = match *shape {
            [height, width] => [height, width, 1],
            [height, width, channels] => [height, width, channels],
            _ => return Err(ALLOWED),
        };
        let count = height.checked_mul(width).and_then(|pixels| pixels.checked_mul(channels));
        match count {
            Some(1..) if channels == 1 || channels == 3 => Ok(Self { height, width, channels }),
            _ => Err(ALLOWED),
        }
    }

    /// Its height in pixels.
    pub fn height(self) -> usize {
        self.height
    }

    /// Its width in pixels.
    pub fn width(self) -> usize {
        self.width
    }

    /// Its channels, 1 or 3.
    pub fn channels(self) -> usize {
        self.channels
    }

    /// d, its numbers: height × width × channels.
    pub fn dim(self) -> usize {
        self.height * self.width * self.channels
    }
}

impl fmt::Display for ImageShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { height, width, channels } = self;
        write!(f, "{height} × {width}")?;
        if *channels == 1 { Ok(()) } else { write!(f, " × {channels}") }
    }
}

impl FromStr for ImageShape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let sides: Result<Vec<usize>, _> = text.split(['x', '×']).map(str::parse).collect();
        let shape = sides.ok().and_then(|sides| Self::new(&sides).ok());
        shape.ok_or_else(|| format!("allowed: {ALLOWED}, such as 28x28 or 32x32x3"))
    }
}

impl TryFrom<Vec<usize>> for ImageShape {
    type Error = String;

    fn try_from(shape: Vec<usize>) -> Result<Self, String> {
        Self::new(&shape).map_err(|allowed| format!("{shape:?}; allowed: {allowed}"))
    }
}

impl From<ImageShape> for Vec<usize> {
    fn from(ImageShape { height, width, channels }: ImageShape) -> Self {
        if channels == 1 { vec![height, width] } else { vec![height, width, channels] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_what_they_are_written_as() {
        for (text, json, shown) in
            [("28x20", "[28,20]", "28 × 20"), ("4x5x3", "[4,5,3]", "4 × 5 × 3")]
        {
            let shape: ImageShape = text.parse().unwrap();
            assert_eq!(serde_json::to_string(&shape).unwrap(), json);
            assert_eq!(serde_json::from_str::<ImageShape>(json).unwrap(), shape);
            assert_eq!(shape.to_string(), shown);
        }
        assert_eq!("4x5x1".parse::<ImageShape>(), "4x5".parse());
        assert_eq!("4x5x3".parse::<ImageShape>().unwrap().dim(), 60);
    }

    #[test]
    fn what_is_no_shape_of_images_is_refused() {
        for text in ["28", "0x3", "3x0", "2x2x2", "2x2x0", "2x2x3x1", "", "axb", "2x-1"] {
            let problem = text.parse::<ImageShape>().unwrap_err();
            assert!(problem.starts_with("allowed: height and width"), "{text}: {problem}");
        }
        let large = format!("[{},{}]", usize::MAX, 2);
        assert!(serde_json::from_str::<ImageShape>(&large).is_err());
    }
}
