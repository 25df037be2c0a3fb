//! How a tenant looks on paper.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Logo;

/// The contrast that text needs (WCAG 2.2, 1.4.3).
const READABLE: f64 = 4.5;
/// The colour of a tenant that chose none.
const INDIGO: Colour = Colour([0x31, 0x4B, 0xB8]);

/// The sender of a document: name, address, colour, logo.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Branding {
    pub name: String,
    pub address_lines: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    pub primary_color: Colour,
    pub page_size: PageSize,
    /// For invoices that state no terms of their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_terms: Option<String>,
    #[serde(skip)]
    pub logo: Option<Logo>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageSize {
    #[default]
    A4,
    Letter,
}

impl PageSize {
    pub const ALL: [Self; 2] = [Self::A4, Self::Letter];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::A4 => "a4",
            Self::Letter => "letter",
        }
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be `a4` or `letter`")]
pub struct UnknownPageSize;

impl FromStr for PageSize {
    type Err = UnknownPageSize;

    fn from_str(text: &str) -> Result<Self, UnknownPageSize> {
        Self::ALL.into_iter().find(|size| size.as_str() == text).ok_or(UnknownPageSize)
    }
}

/// A colour of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour([u8; 3]);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a colour such as `#1E40AF`")]
pub struct NotAColour;

impl Default for Colour {
    fn default() -> Self {
        INDIGO
    }
}

impl FromStr for Colour {
    type Err = NotAColour;

    fn from_str(text: &str) -> Result<Self, NotAColour> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6).ok_or(NotAColour)?;
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u32::from_str_radix(digits, 16).map_err(|_too_little| NotAColour)?;
        let [_, channels @ ..] = number.to_be_bytes();
        if is_hex { Ok(Self(channels)) } else { Err(NotAColour) }
    }
}

impl std::fmt::Display for Colour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02X}{green:02X}{blue:02X}")
    }
}

impl Serialize for Colour {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Colour {
    const WHITE: Self = Self([255; 3]);
    const INK: Self = Self([0x11, 0x18, 0x27]);

    /// This colour, darkened until it can be read on white.
    pub(crate) fn as_text(self) -> Self {
        let mut colour = self;
        while colour.contrast(Self::WHITE) < READABLE {
            colour = Self(colour.0.map(|channel| channel - channel / 16 - u8::from(0 < channel)));
        }
        colour
    }

    /// White or nearly black, whichever can be read on this colour.
    pub(crate) fn text_on_it(self) -> Self {
        if READABLE <= self.contrast(Self::WHITE) { Self::WHITE } else { Self::INK }
    }

    /// The contrast ratio of WCAG 2.
    fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|channel| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_is_written_as_six_digits() {
        assert_eq!("#1e40af".parse::<Colour>().unwrap().to_string(), "#1E40AF");
        for wrong in ["", "1E40AF", "#FFF", "#+12345", "#1E40AG", "#1E40AF00", "red"] {
            assert_eq!(wrong.parse::<Colour>(), Err(NotAColour), "{wrong}");
        }
    }

    #[test]
    fn any_colour_becomes_readable_text() {
        for text in ["#FFFFFF", "#FFFF00", "#F59E0B", "#00FF00", "#010101", "#314BB8"] {
            let colour: Colour = text.parse().unwrap();
            assert!(READABLE <= colour.as_text().contrast(Colour::WHITE), "{text}");
            assert!(READABLE <= colour.text_on_it().contrast(colour), "{text}");
        }
        let dark: Colour = "#1E40AF".parse().unwrap();
        assert_eq!(dark.as_text(), dark);
    }
}
