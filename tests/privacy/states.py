"""The consent states of the Data Privacy Vocabulary 2.0, which ISO/IEC TS 27560 records use."""

GRANTING = {"ConsentGiven", "RenewedConsentGiven"}
STATES = sorted(
    {
        "ConsentExpired",
        "ConsentGiven",
        "ConsentInvalidated",
        "ConsentRefused",
        "ConsentRequestDeferred",
        "ConsentRequested",
        "ConsentRevoked",
        "ConsentStatusInvalidForProcessing",
        "ConsentStatusValidForProcessing",
        "ConsentUnknown",
        "ConsentWithdrawn",
        "RenewedConsentGiven",
    }
)
