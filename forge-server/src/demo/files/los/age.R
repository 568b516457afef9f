# Age bands as in the national returns.
age_band <- function(age) {
  cut(age, breaks = c(0, 18, 40, 65, 80, Inf), right = FALSE,
      labels = c("0-17", "18-39", "40-64", "65-79", "80+"))
}
