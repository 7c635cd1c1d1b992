"""The paper's figures, and where the paper is at odds with itself."""

from __future__ import annotations

# Table 1, mean distance in the latent space of either encoder.
DISTANCES = {
    "E_I": {"same_identity": 2.0431, "same_pose": 3.1793, "both_different": 3.8274},
    "E_P": {"same_identity": 3.5171, "same_pose": 1.2730, "both_different": 3.6744},
}

# Table 2, ISIM by test set and by where the landmarks come from.
ISIM = {
    "self": {"driver": 0.7986, "ldnet": 0.7984},
    "cross": {"driver": 0.7145, "ldnet": 0.7726},
}

# Table 3, the row of the full FD-GAN. Its FID is no figure for our FD: the networks behind the two differ.
FDGAN = {
    "self": {"isim": 0.63, "ssim": 0.63},
    "cross": {"isim": 0.7726},
}
FID = {"self": 55.19, "cross": 67.68}

CONTRADICTIONS = {
    "table2": (
        "The paper is at odds with itself here: CrossTest's ISIM of the whole method is 0.7726 in its Tables 2 and 3 but 0.7762 in its "
        "Table 4, and SelfTest's ISIM is about 0.80 in its Table 2 but 0.63 in its Table 3.",
    ),
    "table3": (
        "The paper is at odds with itself here: SelfTest's ISIM is 0.63 in its Table 3 but about 0.80 in its Table 2, and CrossTest's is "
        "0.7726 in Table 3 but 0.7762 in Table 4.",
    ),
}
