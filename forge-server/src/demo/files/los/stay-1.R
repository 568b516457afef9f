#' Whole nights between admission and discharge
#'
#' @param admitted,discharged Dates, one pair a stay.
#' @return A number of nights; NA where the stay has not ended.
nights <- function(admitted, discharged) {
  as.integer(as.Date(discharged) - as.Date(admitted))
}
