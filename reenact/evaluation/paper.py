"""The paper's figures, and where the paper contradicts itself."""

from __future__ import annotations

# Table 1, mean distance in the latent space of either encoder.
DISTANCES = {
    "E_I": {"same_identity": 2.0431, "same_pose": 3.1793, "both_different": 3.8274},
    "E_P": {"same_identity": 3.5171, "same_pose": 1.2730, "both_different": 3.6744},
}

# The generator of the paper's own method.
OWN_GENERATOR = "fdgan"

# Table 2, by test set and by the generator and where the landmarks come from.
LANDMARKS = {
    "self": {
        (OWN_GENERATOR, "driver"): {"isim": 0.7986, "psim": 0.9134, "ed": 0.1296},
        (OWN_GENERATOR, "ldnet"): {"isim": 0.7984, "psim": 0.8950, "ed": 0.1655},
    },
    "cross": {
        (OWN_GENERATOR, "driver"): {"isim": 0.7145, "psim": 0.8615, "ed": 0.2080},
        (OWN_GENERATOR, "ldnet"): {"isim": 0.7726, "psim": 0.8398, "ed": 0.2430},
    },
}

# Table 3 by generator. The FID is FD-GAN's. It is no figure for our FD: the networks behind the two differ.
GENERATORS = {
    "self": {
        OWN_GENERATOR: {"isim": 0.63, "ssim": 0.63},
        "single_row": {"isim": 0.49, "ssim": 0.56},
        "adain": {"isim": 0.51, "ssim": 0.56},
        "pix2pixhd": {"isim": 0.41, "ssim": 0.49},
    },
    "cross": {
        OWN_GENERATOR: {"isim": 0.7726},
        "single_row": {"isim": 0.6232},
        "adain": {"isim": 0.650},
        "pix2pixhd": {"isim": 0.514},
    },
}
FID = {"self": 55.19, "cross": 67.68}

# Table 4, CrossTest: the paper's own measurements of three methods.
METHODS = {
    "x2face": {"isim": 0.6347, "psim": 0.302, "ed": 0.448, "fid": 101.72},
    "first_order": {"isim": 0.7699, "psim": 0.822, "ed": 0.274, "fid": 55.94},
    "ours": {"isim": 0.7762, "psim": 0.840, "ed": 0.243, "fid": 67.68},
}

CONTRADICTIONS = {
    "table2": (
        "The paper is at odds with itself here: CrossTest's ISIM of the whole method is 0.7726 in its Tables 2 and 3 but 0.7762 in its "
        "Table 4, and SelfTest's ISIM is about 0.80 in its Table 2 but 0.63 in its Table 3.",
    ),
    "table3": (
        "The paper is at odds with itself here: SelfTest's ISIM is 0.63 in its Table 3 but about 0.80 in its Table 2, and CrossTest's is "
        "0.7726 in Table 3 but 0.7762 in Table 4.",
    ),
    "table4": (
        "The paper is at odds with itself here: the ISIM of its own method is 0.7762 in its Table 4 but 0.7726 in its Tables 2 and 3, and "
        "its Section 9.2 claims to be better than X2Face on aligned faces, whose ISIM (0.7855) and FID (62.14) are better.",
    ),
}
