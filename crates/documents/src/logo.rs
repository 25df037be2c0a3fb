//! Logos: pictures that strangers to this program drew, checked before they are kept.

use serde::{Deserialize, Serialize};

/// The most bytes of a logo.
pub const LOGO_MAX: usize = 500_000;
/// The most pixels of a side: a small file can claim a picture that fills the memory.
const SIDE_MAX: u32 = 4_000;
/// The most elements of a vector picture.
const ELEMENTS_MAX: usize = 5_000;
/// The deepest nesting of a vector picture.
const DEPTH_MAX: usize = 32;
const SVG: &str = "http://www.w3.org/2000/svg";
/// What a drawing needs. Nothing here loads, runs, repeats or filters.
const DRAWING: &[&str] = &[
    "svg",
    "g",
    "defs",
    "title",
    "desc",
    "metadata",
    "style",
    "path",
    "rect",
    "circle",
    "ellipse",
    "line",
    "polyline",
    "polygon",
    "linearGradient",
    "radialGradient",
    "stop",
    "clipPath",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LogoFormat {
    #[serde(rename = "image/png")]
    Png,
    #[serde(rename = "image/jpeg")]
    Jpeg,
    #[serde(rename = "image/svg+xml")]
    Svg,
}

impl LogoFormat {
    pub const ALL: [Self; 3] = [Self::Png, Self::Jpeg, Self::Svg];

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Svg => "image/svg+xml",
        }
    }

    pub fn of_media_type(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.media_type() == text)
    }

    pub(crate) fn file(self) -> &'static str {
        match self {
            Self::Png => "/logo.png",
            Self::Jpeg => "/logo.jpg",
            Self::Svg => "/logo.svg",
        }
    }
}

/// A picture that can be put on a document.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Logo {
    format: LogoFormat,
    bytes: Vec<u8>,
}

impl std::fmt::Debug for Logo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Logo({}, {} bytes)", self.format.media_type(), self.bytes.len())
    }
}

/// Why a picture is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogoError {
    #[error("must have at most {LOGO_MAX} bytes; this has {0}")]
    TooLong(usize),
    #[error("must be a PNG, JPEG or SVG picture; export it as one of these")]
    Unknown,
    #[error("must be at most {SIDE_MAX} pixels wide and high; this is {0} by {1}")]
    TooLarge(u32, u32),
    #[error("cannot be read as SVG ({0}); export it again, or use PNG")]
    Unreadable(String),
    #[error("must not contain `{0}`; export it as plain SVG with text as paths, or use PNG")]
    Refused(String),
    #[error("is too intricate for a logo; export it as PNG")]
    Intricate,
}

impl Logo {
    /// Checks a picture. Its bytes say what it is, not its name.
    pub fn new(bytes: Vec<u8>) -> Result<Self, LogoError> {
        if LOGO_MAX < bytes.len() {
            return Err(LogoError::TooLong(bytes.len()));
        }
        let format = match bytes.as_slice() {
            [0x89, b'P', b'N', b'G', ..] => LogoFormat::Png,
            [0xFF, 0xD8, 0xFF, ..] => LogoFormat::Jpeg,
            _ => LogoFormat::Svg,
        };
        if format == LogoFormat::Svg {
            let text = std::str::from_utf8(&bytes).map_err(|_binary| LogoError::Unknown)?;
            if !text.contains("<svg") {
                return Err(LogoError::Unknown);
            }
            check_drawing(text)?;
        } else {
            let size = imagesize::blob_size(&bytes).map_err(|_damaged| LogoError::Unknown)?;
            let side = |pixels| u32::try_from(pixels).unwrap_or(u32::MAX);
            let (width, height) = (side(size.width), side(size.height));
            if SIDE_MAX < width || SIDE_MAX < height || width == 0 || height == 0 {
                return Err(LogoError::TooLarge(width, height));
            }
        }
        Ok(Self { format, bytes })
    }

    /// A picture that was checked before it was stored.
    pub fn stored(format: LogoFormat, bytes: Vec<u8>) -> Self {
        Self { format, bytes }
    }

    pub fn format(&self) -> LogoFormat {
        self.format
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

fn check_drawing(text: &str) -> Result<(), LogoError> {
    // Without document types there are no entities, neither external nor exploding.
    let options = roxmltree::ParsingOptions { allow_dtd: false, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(text, options)
        .map_err(|error| LogoError::Unreadable(error.to_string()))?;
    for (count, element) in document.descendants().filter(roxmltree::Node::is_element).enumerate() {
        if ELEMENTS_MAX <= count || DEPTH_MAX < element.ancestors().take(DEPTH_MAX + 2).count() {
            return Err(LogoError::Intricate);
        }
        let name = element.tag_name();
        // What editors note for themselves is in namespaces of their own and is not drawn.
        if name.namespace() != Some(SVG) {
            continue;
        }
        if !DRAWING.contains(&name.name()) {
            return Err(LogoError::Refused(name.name().to_owned()));
        }
        if name.name() == "style" {
            check_style(element.text().unwrap_or_default())?;
        }
        for attribute in element.attributes() {
            let (name, value) = (attribute.name(), attribute.value());
            if name.starts_with("on") || (name == "href" && !value.starts_with('#')) {
                return Err(LogoError::Refused(name.to_owned()));
            }
            check_style(value)?;
        }
    }
    Ok(())
}

/// References in styles lead to the picture itself.
fn check_style(style: &str) -> Result<(), LogoError> {
    let plain: String = style.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let plain = plain.to_lowercase();
    let inner = |rest: &str| rest.trim_start_matches(['"', '\'']).starts_with('#');
    if plain.contains("@import") || !plain.split("url(").skip(1).all(inner) {
        return Err(LogoError::Refused("a reference to another file".to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn svg(inner: &str) -> Result<Logo, LogoError> {
        let head = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 10 10'>";
        Logo::new(format!("{head}{inner}</svg>").into_bytes())
    }

    #[test]
    fn a_plain_drawing_is_taken() {
        let drawn = svg("<defs><linearGradient id='a'><stop offset='0'/></linearGradient></defs>\
             <g style='fill: url(#a)'><path d='M0 0h10v10z' fill='url(#a)'/></g>");
        assert_eq!(drawn.unwrap().format(), LogoFormat::Svg);
    }

    #[test]
    fn what_loads_runs_or_multiplies_is_refused() {
        for inner in [
            "<script>alert(1)</script>",
            "<image href='https://example.com/a.png'/>",
            "<use href='#a'/>",
            "<foreignObject/>",
            "<filter id='a'/>",
            "<text>Name</text>",
            "<a href='#b'/>",
            "<g onclick='x()'/>",
            "<g fill='url(https://example.com/#a)'/>",
            "<g style='fill: url( \"file:///etc/passwd\" )'/>",
            "<style>@ImPort 'https://example.com/a.css';</style>",
        ] {
            assert!(matches!(svg(inner), Err(LogoError::Refused(_))), "{inner}");
        }
        let entity = "<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>\
                      <svg xmlns='http://www.w3.org/2000/svg'>&a;</svg>";
        assert!(matches!(Logo::new(entity.into()), Err(LogoError::Unreadable(_))));
        let nested = format!("{}{}", "<g>".repeat(100), "</g>".repeat(100));
        assert_eq!(svg(&nested), Err(LogoError::Intricate));
        assert_eq!(svg(&"<g/>".repeat(6_000)), Err(LogoError::Intricate));
    }

    #[test]
    fn a_picture_that_would_fill_the_memory_is_refused() {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        png.extend_from_slice(&100_000_u32.to_be_bytes());
        png.extend_from_slice(&2_u32.to_be_bytes());
        png.extend_from_slice(&[8, 6, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(Logo::new(png), Err(LogoError::TooLarge(100_000, 2)));
        assert_eq!(Logo::new(vec![b'x'; LOGO_MAX + 1]), Err(LogoError::TooLong(LOGO_MAX + 1)));
        assert_eq!(Logo::new(b"GIF89a".to_vec()), Err(LogoError::Unknown));
    }
}
