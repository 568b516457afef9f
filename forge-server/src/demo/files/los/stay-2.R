#' Whole nights between admission and discharge
#'
#' @param admitted,discharged Dates, one pair a stay.
#' @return A number of nights; NA where the stay has not ended.
nights <- function(admitted, discharged) {
  stopifnot(length(admitted) == length(discharged))
  stay <- as.integer(as.Date(discharged) - as.Date(admitted))
  if (any(stay < 0, na.rm = TRUE)) {
    stop("A discharge comes before its admission.")
  }
  stay
}

#' Stays by ward and month of discharge
#'
#' @param stays A data frame with ward, admitted and discharged.
by_ward <- function(stays) {
  stays |>
    dplyr::mutate(
      nights = nights(admitted, discharged),
      month = lubridate::floor_date(discharged, "month")
    ) |>
    dplyr::summarise(
      stays = dplyr::n(),
      median_nights = median(nights, na.rm = TRUE),
      .by = c(ward, month)
    )
}
