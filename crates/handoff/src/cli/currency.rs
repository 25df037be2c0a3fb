//! Currencies: the codes of ISO 4217 that are money of a country or of several.

/// Alphabetical, without funds, metals and test codes.
const CODES: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD \
    BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP \
    GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR \
    KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN \
    MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR \
    SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD \
    UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

/// A code as it was given, if it is one.
pub(crate) fn parse(text: &str) -> Result<String, String> {
    if CODES.split(' ').any(|code| code == text) {
        return Ok(text.to_owned());
    }
    let upper = text.to_uppercase();
    Err(if CODES.split(' ').any(|code| code == upper) {
        format!("write it in upper case: {upper}")
    } else {
        "give the code of a currency in ISO 4217: three upper-case letters such as USD, EUR or KES"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_codes_of_currencies_are_taken() {
        assert!(CODES.split(' ').is_sorted());
        assert!(CODES.split(' ').all(|code| code.len() == 3));
        assert_eq!(parse("KES").as_deref(), Ok("KES"));
        assert!(parse("kes").unwrap_err().ends_with("KES"));
        for wrong in ["dollars", "", "US", "ZZZ", "USD EUR"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
